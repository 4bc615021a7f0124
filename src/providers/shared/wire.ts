/** An object of a vendor's JSON: nothing of it is certain until it is read through the functions below. */
export type WireObject = Readonly<Record<string, unknown>>;

/** The value as an object, or `undefined` for anything else (arrays and `null` too). */
export function asObject(value: unknown): WireObject | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // Every object can be read by string keys; the values stay unknown.
  return value as WireObject;
}

/** The value as a list; anything else is an empty one. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects of a list; whatever else it holds is left out. */
export function asObjects(value: unknown): readonly WireObject[] {
  return asArray(value)
    .map(asObject)
    .filter((element) => element !== undefined);
}

/** The value as text, or `undefined` for anything else. */
export function asString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value as a finite number, or `undefined` for anything else. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The value as a number of tokens, or `undefined` for anything that cannot be one. */
export function asCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
