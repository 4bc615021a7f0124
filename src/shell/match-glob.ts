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
