import { distance } from "fastest-levenshtein";

/** The valid name that is most like an unknown one, or `undefined` when nothing is near. */
export function nearestName(name: string, valid: readonly string[]): string | undefined {
  if (name.length > 100) return undefined;
  let nearest: string | undefined;
  let least = Infinity;
  for (const candidate of valid) {
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    // A short name that is as far is another word.
    if (steps >= least || steps > Math.max(2, Math.floor(candidate.length / 3))) continue;
    [nearest, least] = [candidate, steps];
  }
  return nearest;
}

/** ` Did you mean "x"?`, or nothing. */
export function suggestName(name: string, valid: readonly string[]): string {
  const nearest = nearestName(name, valid);
  return nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
}
