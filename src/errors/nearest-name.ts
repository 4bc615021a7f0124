import { closest, distance } from "fastest-levenshtein";

/** The valid name that is most like an unknown one, or has it as its beginning or end; `undefined` when none does. */
export function nearestName(name: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0 || name.length > 100) return undefined;
  const folded = new Map(valid.map((candidate) => [candidate.toLowerCase(), candidate]));
  const names = [...folded.keys()];
  const wanted = name.toLowerCase();
  const best = closest(wanted, names);
  // Of three letters, two others make another word.
  const limit = Math.max(wanted.length < 4 ? 1 : 2, Math.floor(best.length / 3));
  if (distance(wanted, best) <= limit) return folded.get(best);
  if (wanted.length < 3) return undefined;
  const longer = names.find((one) => one.startsWith(wanted)) ?? names.find((one) => one.endsWith(wanted));
  return longer === undefined ? undefined : folded.get(longer);
}

/** ` Did you mean "x"?`, or nothing. */
export function suggestName(name: string, valid: readonly string[]): string {
  const nearest = nearestName(name, valid);
  return nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
}
