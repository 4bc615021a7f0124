import { distance } from "fastest-levenshtein";

/**
 * The valid name that is most like an unknown one, or begins or ends with it, or is its beginning; `undefined` when none is.
 */
export function nearestName(name: string, valid: readonly string[]): string | undefined {
  if (name.length > 100) return undefined;
  const wanted = name.toLowerCase();
  let nearest: string | undefined;
  let least = Infinity;
  for (const candidate of valid) {
    const steps = distance(wanted, candidate.toLowerCase());
    // Of three letters, two others make another word.
    const most = Math.max(wanted.length < 4 ? 1 : 2, Math.floor(candidate.length / 3));
    if (steps < least && steps <= most) [nearest, least] = [candidate, steps];
  }
  if (nearest !== undefined || wanted.length < 3) return nearest;
  const find = (isNear: (other: string) => boolean): string | undefined =>
    valid.find((candidate) => isNear(candidate.toLowerCase()));
  return (
    find((other) => other.startsWith(wanted)) ??
    find((other) => other.endsWith(wanted)) ??
    find((other) => other.length >= 5 && wanted.startsWith(other))
  );
}

/** ` Did you mean "x"?`, or nothing. */
export function suggestName(name: string, valid: readonly string[]): string {
  const nearest = nearestName(name, valid);
  return nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
}
