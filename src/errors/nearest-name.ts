import { closest, distance } from "fastest-levenshtein";

/** The valid name that is most like an unknown one, or `undefined` when nothing is near. */
export function nearestName(name: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0 || name.length > 100) return undefined;
  const folded = new Map(valid.map((candidate) => [candidate.toLowerCase(), candidate]));
  const best = closest(name.toLowerCase(), [...folded.keys()]);
  const limit = Math.max(2, Math.floor(best.length / 3));
  return distance(name.toLowerCase(), best) <= limit ? folded.get(best) : undefined;
}

/** ` Did you mean "x"?`, or nothing. */
export function suggestName(name: string, valid: readonly string[]): string {
  const nearest = nearestName(name, valid);
  return nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
}
