import { mergeRanges, type SecretFinder, type SecretRange } from "./text-range.ts";

/** What can stand within a token without being seen: colours of a terminal, characters without width. */
const HIDDEN =
  // eslint-disable-next-line no-control-regex -- the escape of terminals
  /\u001b\[[0-9;:?]{0,32}[A-Za-z]|[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\u034f|[\ufe00-\ufe0f]/g;
const ANY_HIDDEN = new RegExp(HIDDEN, "");

/** A finder that sees a secret also where colours or characters without width stand in it. */
export function seeThrough(find: SecretFinder): SecretFinder {
  return (text) => {
    const found = find(text);
    if (!ANY_HIDDEN.test(text)) return found;
    const { plain, placeOf } = takeHiddenOut(text);
    const seen = find(plain).map((range): SecretRange => {
      const { from, start, end } = range;
      return { ...range, from: placeOf(from), start: placeOf(start), end: placeOf(end - 1) + 1 };
    });
    return mergeRanges([...found, ...seen]);
  };
}

function takeHiddenOut(text: string): { readonly plain: string; readonly placeOf: (index: number) => number } {
  const pieces: string[] = [];
  /** Where each piece begins, in the plain text and in the text itself. */
  const plainStarts: number[] = [];
  const starts: number[] = [];
  let plainLength = 0;
  let position = 0;
  const add = (end: number): void => {
    if (end === position) return;
    pieces.push(text.slice(position, end));
    plainStarts.push(plainLength);
    starts.push(position);
    plainLength += end - position;
  };
  for (const { 0: hidden, index } of text.matchAll(HIDDEN)) {
    add(index);
    position = index + hidden.length;
  }
  add(text.length);
  const placeOf = (index: number): number => {
    const piece = Math.max(0, lastAtMost(plainStarts, index));
    return (starts[piece] ?? 0) + index - (plainStarts[piece] ?? 0);
  };
  return { plain: pieces.join(""), placeOf };
}

function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
