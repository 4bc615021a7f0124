/**
 * Whether a text matches a glob from its beginning to its end: `*` is any text (also `/` and line breaks), `?` any one
 * character, everything else itself. Takes at most `glob.length * text.length` steps, whatever the glob.
 */
export function matchGlob(glob: string, text: string): boolean {
  let globAt = 0;
  let textAt = 0;
  let starAt = -1;
  let retryAt = 0;
  while (textAt < text.length) {
    const wanted = glob[globAt];
    if (wanted === "*") {
      starAt = globAt++;
      retryAt = textAt;
    } else if (wanted === "?" || (wanted !== undefined && wanted === text[textAt])) {
      globAt++;
      textAt++;
    } else if (starAt >= 0) {
      globAt = starAt + 1;
      textAt = ++retryAt;
    } else {
      return false;
    }
  }
  while (glob[globAt] === "*") globAt++;
  return globAt === glob.length;
}

/** What every text that matches the glob begins with. */
export function globPrefix(glob: string): string {
  const end = glob.search(/[*?]/);
  return end < 0 ? glob : glob.slice(0, end);
}

const MAX_MEETING = 200;
/** What stands for `**` in a pattern of the shell. */
const ANY = "\0";

/**
 * Whether some path matches both a glob and a name pattern of the shell, in which `*` stays within one name and `**`
 * does not; `[…]` there counts as any character. `true` when in doubt.
 */
export function globsMeet(left: string, right: string): boolean {
  const other = right.replaceAll(/\[[^\]]*\]/g, "?").replaceAll(/\*\*+/g, ANY);
  if (left.length > MAX_MEETING || other.length > MAX_MEETING || /[{}()[\]\\]/.test(left)) return true;
  // One row of the table "a beginning of the left meets a beginning of the right" at a time.
  let row = meetRow(other, undefined, "", [true]);
  for (const character of left) row = meetRow(other, row, character, []);
  return row[other.length] === true;
}

function meetRow(
  right: string,
  above: readonly boolean[] | undefined,
  character: string,
  start: readonly boolean[],
): boolean[] {
  const row = [...start];
  row[0] ??= character === "*" && above?.[0] === true;
  for (let at = 1; at <= right.length; at++) {
    const other = right.charAt(at - 1);
    const meets =
      (character === "*" && (above?.[at] === true || row[at - 1] === true)) ||
      ((other === ANY || (other === "*" && character !== "/")) && (row[at - 1] === true || above?.[at] === true)) ||
      (other === "*" && row[at - 1] === true) ||
      (above?.[at - 1] === true && (character === "?" || other === "?" || character === other));
    row.push(meets);
  }
  return row;
}
