/**
 * Says what of a project's value counts while nobody trusts the project: a project may only tighten. `base` is what the
 * user's own file says. `undefined` = the value is not taken.
 */
export type TrustRule<Value> = (value: Value, base: Value | undefined) => Value | undefined;

/** Confines nothing and frees nothing. */
export function anyValue<Value>(value: Value): Value {
  return value;
}

/** Only what the user said as well. */
export function onlySame<Value>(value: Value, base: Value | undefined): Value | undefined {
  return JSON.stringify(value) === JSON.stringify(base) ? value : undefined;
}

/** Only a switch in this position, or the one that the user chose. */
export function onlySwitched(position: boolean): TrustRule<boolean> {
  return (value, base) => (value === position || value === base ? value : undefined);
}

/** Only less than the user has; without a limit of the user and of ours any limit is less. */
export function onlyLess(ours = Number.POSITIVE_INFINITY): TrustRule<number> {
  return (value, base) => (value <= (base ?? ours) ? value : undefined);
}

/** Only more than the user has, who must have said something. */
export function onlyMore(value: number, base: number | undefined): number | undefined {
  return base !== undefined && value >= base ? value : undefined;
}

/** Only words as strict as the user's, or as ours where the user says nothing; from the loosest to the strictest. */
export function onlyStricter<Word extends string>(words: readonly Word[], ours: Word): TrustRule<Word> {
  return (value, base) => (words.indexOf(value) >= words.indexOf(base ?? ours) ? value : undefined);
}

/** Only a selection from the user's list; nothing where there is none. */
export function onlySome(value: readonly string[], base: readonly string[] = []): readonly string[] | undefined {
  return value.every((item) => base.includes(item)) ? value : undefined;
}

/** Any selection where the user has no list, which means everything; else a selection from that list. */
export function onlyNarrower(
  value: readonly string[],
  base: readonly string[] | undefined,
): readonly string[] | undefined {
  return base === undefined ? value : onlySome(value, base);
}

/** Added to the user's list, never instead of it. */
export function added(value: readonly string[], base: readonly string[] = []): readonly string[] {
  return [...new Set([...base, ...value])];
}
