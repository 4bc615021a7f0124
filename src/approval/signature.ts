import { createHmac, timingSafeEqual } from "node:crypto";

/** Signed text and its time are accepted this long, in either direction of the clocks. */
const TOLERANCE_MS = 5 * 60 * 1000;
const LEAST_SECRET = 16;

/** How a signature is made: by a version, a time, and the parts that it covers. */
export interface SignatureParts {
  /** "v1" for Harness, "v0" for Slack. */
  readonly version: string;
  /** Seconds since the epoch, as written in the header. */
  readonly timestamp: string;
  readonly parts: readonly string[];
}

/** HMAC-SHA256 over `version:timestamp:part:…`, as `version=hex`. */
export function sign(secret: string, { version, timestamp, parts }: SignatureParts): string {
  const text = [version, timestamp, ...parts].join(":");
  return `${version}=${createHmac("sha256", secret).update(text).digest("hex")}`;
}

/** Why a signature does not hold; `undefined` when it does. Compares in constant time. */
export function refuseSignature(
  secret: string,
  signature: string | undefined,
  { parts, nowMs }: { readonly parts: SignatureParts; readonly nowMs: number },
): string | undefined {
  const { timestamp } = parts;
  const age = Math.abs(nowMs - Number(timestamp) * 1000);
  if (!/^\d{1,12}$/.test(timestamp) || !(age <= TOLERANCE_MS)) return "its time is missing, too old or in the future";
  const expected = Buffer.from(sign(secret, parts));
  const given = Buffer.from(signature ?? "");
  const isEqual = given.length === expected.length && timingSafeEqual(given, expected);
  return isEqual ? undefined : "its signature is wrong";
}

/** Throws a `TypeError` for a secret that could be guessed. */
export function checkSecret(secret: unknown, option: string): string {
  if (typeof secret === "string" && secret.length >= LEAST_SECRET) return secret;
  throw new TypeError(`${option} must be a text of at least ${LEAST_SECRET} characters`);
}
