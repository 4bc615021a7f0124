/** A secret's place in a text: from `start` up to `end`, not included. */
export interface SecretRange {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  /** A private key whose end was not seen. */
  readonly isOpen?: boolean;
}

/** Ranges in order, those that overlap made one; the first of them names the kind. */
export function mergeRanges(ranges: readonly SecretRange[]): readonly SecretRange[] {
  if (ranges.length < 2) return ranges;
  const sorted = ranges.toSorted((left, right) => left.start - right.start || right.end - left.end);
  const merged: SecretRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last === undefined || range.start >= last.end) merged.push(range);
    else if (range.end > last.end) merged[merged.length - 1] = { ...range, start: last.start, kind: last.kind };
  }
  return merged;
}

/** What every mark begins with. */
export const MARK = "[REDACTED:";

/** What stands in a text for a secret. No rule takes it for a secret again. */
export function markOf(kind: string): string {
  return `${MARK}${kind}]`;
}
