import type { JsonObject, JsonValue } from "../spec/index.ts";

const MAX_DEPTH = 100;

/** Whether a value is a plain object that holds nothing but JSON. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && isJson(value);
}

/**
 * Whether a value holds nothing but JSON, in whole characters, and no more levels than anybody means. Half a surrogate
 * pair has no canonical form and no digest (RFC 8785), and no provider takes it.
 */
export function isJson(value: unknown, depth = 0): value is JsonValue {
  if (value === null || typeof value === "boolean") return true;
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  // A key that a parser set to `undefined` is no value: JSON leaves it out.
  return Object.entries(value).every(
    ([key, item]) => key.isWellFormed() && (item === undefined || isJson(item, depth + 1)),
  );
}

/** Freezes a JSON value all the way down and returns it: also below what somebody froze at its top only. */
export function freezeJson<Value extends JsonValue>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) freezeJson(item);
  return value;
}
