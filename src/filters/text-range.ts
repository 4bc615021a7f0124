/** How a secret goes on that is longer than what can be seen: as a token, up to a line's end, as a private key. */
export type SecretRest = "token" | "line" | "key";

/** A secret's place in a text: from `start` up to `end`, not included. */
export interface SecretRange {
  /** Where what shows that it is a secret begins: `start` or before it. */
  readonly from: number;
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  /** How it goes on where `end` is only as far as was seen; left out when it has ended for certain. */
  readonly rest?: SecretRest | undefined;
}

/** Finds the secrets of a text, in order and without overlaps. */
export type SecretFinder = (text: string) => readonly SecretRange[];

/** Adds what it finds to a list. */
export type RangeSource = (text: string, found: SecretRange[]) => void;

/** Ranges in order, those that overlap made one; the first of them names the kind. */
export function mergeRanges(ranges: readonly SecretRange[]): readonly SecretRange[] {
  if (ranges.length < 2) return ranges;
  const sorted = ranges.toSorted((left, right) => left.start - right.start || right.end - left.end);
  const merged: SecretRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last === undefined || range.start >= last.end) merged.push(range);
    // What goes on behind the longest one goes on behind all of them: a key may begin within a header's value.
    else merged[merged.length - 1] = joinRanges(last, range);
  }
  return merged;
}

/** What goes on behind the longer one goes on behind both: a key may begin within a header's value. */
function joinRanges(first: SecretRange, second: SecretRange): SecretRange {
  const isLonger = second.end > first.end || (second.end === first.end && second.rest === "key");
  const { end, rest } = isLonger ? second : first;
  return { from: Math.min(first.from, second.from), start: first.start, end, kind: first.kind, rest };
}

/** What every mark begins with. */
export const MARK = "[REDACTED:";

/** What stands in a text for a secret. No rule takes it for a secret again. */
export function markOf(kind: string): string {
  return `${MARK}${kind}]`;
}
