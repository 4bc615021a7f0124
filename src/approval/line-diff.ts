/** Texts longer than this are not compared line by line. */
const MAX_LINES = 2000;
/** Equal lines that are shown around a change. */
const AROUND = 2;

/** What changes between two texts, line by line: "+" is new, "-" is gone, " " stays. */
export function diffLines(before: string, after: string): readonly string[] {
  const old = splitLines(before);
  const now = splitLines(after);
  if (old.length > MAX_LINES || now.length > MAX_LINES) {
    return [`(${old.length} lines become ${now.length})`, ...now.map((line) => `+${line}`)];
  }
  return shorten(compare(old, now));
}

function splitLines(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** By the longest common subsequence, after what is equal at both ends. */
function compare(old: readonly string[], now: readonly string[]): readonly string[] {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const left = old.slice(start, old.length - end);
  const right = now.slice(start, now.length - end);
  return [
    ...old.slice(0, start).map((line) => ` ${line}`),
    ...align(left, right),
    ...old.slice(old.length - end).map((line) => ` ${line}`),
  ];
}

function align(left: readonly string[], right: readonly string[]): readonly string[] {
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row -= 1) {
    for (let column = right.length - 1; column >= 0; column -= 1) {
      const isSame = left[row] === right[column];
      lengths[row * width + column] = isSame
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: string[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length || column < right.length) {
    if (row < left.length && column < right.length && left[row] === right[column]) {
      lines.push(` ${left[row]}`);
      row += 1;
      column += 1;
    } else if (row < left.length && (column >= right.length || at(row + 1, column) >= at(row, column + 1))) {
      lines.push(`-${left[row]}`);
      row += 1;
    } else {
      lines.push(`+${right[column]}`);
      column += 1;
    }
  }
  return lines;
}

/** Leaves out equal lines that are far from a change; every changed line is shown. */
function shorten(lines: readonly string[]): readonly string[] {
  const isNear = lines.map((_line, index) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some((line) => !line.startsWith(" ")),
  );
  const shown: string[] = [];
  let skipped = 0;
  for (const [index, line] of lines.entries()) {
    if (isNear[index] === true) {
      if (skipped > 0) shown.push(`… ${skipped} equal lines`);
      skipped = 0;
      shown.push(line);
    } else skipped += 1;
  }
  return skipped > 0 && shown.length > 0 ? [...shown, `… ${skipped} equal lines`] : shown;
}
