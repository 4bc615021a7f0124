import { hash } from "node:crypto";

import canonicalize from "canonicalize";

import type { JsonValue } from "../spec/index.ts";

/** SHA-256 of text (as UTF-8) or bytes, as 64 lower-case hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
  return hash("sha256", data);
}

/**
 * A value as canonical JSON (RFC 8785): the same value gives the same text on every system. For digests on which two
 * systems must agree, such as that of approved arguments. Throws a `TypeError` for what JSON cannot hold.
 */
export function canonicalJson(value: JsonValue): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("Only JSON values have a canonical form");
  return text;
}

/** SHA-256 of a value's canonical JSON (RFC 8785): equal for equal values, whatever the order of their keys. */
export function digestJson(value: JsonValue): string {
  return sha256(canonicalJson(value));
}
