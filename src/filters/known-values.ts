import type { RangeSource } from "./text-range.ts";

/** Shorter values are not looked for: they would be found everywhere. */
const MIN_VALUE_LENGTH = 8;

const KNOWN = "known_secret";
const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL/i;
/** Variables that name a place or a setting, not the secret itself. */
const PLACE_NAME = /(?:_PATH|_FILE|_DIR|_HOME|_URL|_ID|_NAME|_SOCK)$/i;
const TABLE_BITS = 16;

/** The values of environment variables whose names say that they are secret. */
export function secretValuesOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && SECRET_NAME.test(name) && !PLACE_NAME.test(name) ? [value] : [],
  );
}

/**
 * Finds exact values in all forms in which programs print them: plain, in base64 and base64url (also in the middle of
 * something longer), percent-encoded, in hex, JSON-escaped. One pass over the text, however many values there are.
 */
export function createValueSource(values: readonly string[]): RangeSource {
  const forms = [...new Set(values.flatMap(linesOf).flatMap(formsOf))].filter(
    (form) => form.length >= MIN_VALUE_LENGTH,
  );
  if (forms.length === 0) return () => {};
  const table = new Uint8Array(1 << TABLE_BITS);
  const byHash = new Map<number, string[]>();
  // Longest first: of two forms that begin at the same place the longer one is taken.
  for (const form of forms.toSorted((left, right) => right.length - left.length)) {
    const hash = hashAt(form, 0);
    table[hash] = 1;
    byHash.set(hash, [...(byHash.get(hash) ?? []), form]);
  }
  return (text, found) => {
    for (let index = 0; index <= text.length - MIN_VALUE_LENGTH; index += 1) {
      const hash = hashAt(text, index);
      if (table[hash] === 0) continue;
      const form = byHash.get(hash)?.find((candidate) => text.startsWith(candidate, index));
      if (form === undefined) continue;
      found.push({ from: index, start: index, end: index + form.length, kind: KNOWN });
      index += form.length - 1;
    }
  };
}

/** Streams are searched line by line, so that a value of several lines is looked for line by line, too. */
function linesOf(value: string): readonly string[] {
  return value.split(/\r?\n/).map((line) => line.trim());
}

function formsOf(value: string): readonly string[] {
  if (value.length < MIN_VALUE_LENGTH) return [];
  const bytes = Buffer.from(value);
  const hex = bytes.toString("hex");
  const percent = encodePercent(value);
  const json = JSON.stringify(value).slice(1, -1);
  const pairs = hex.match(/../g) ?? [];
  return [
    value,
    [...value].toReversed().join(""),
    json,
    // JSON within JSON, as in a log of a request.
    JSON.stringify(json).slice(1, -1),
    escapeUnicode(value),
    escapeMarkup(value, "&quot;", "&#39;"),
    escapeMarkup(value, "&#34;", "&#x27;"),
    hex,
    hex.toUpperCase(),
    ...[" ", ":", String.raw`\x`].flatMap((between) => [pairs.join(between), pairs.join(between).toUpperCase()]),
    percent,
    percent.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    percent.replaceAll("%20", "+"),
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
    // PowerShell encodes its commands so.
    ...[0, 1, 2].flatMap((offset) => base64At(Buffer.from(value, "utf16le"), offset)),
    base32(bytes),
  ];
}

/** What of a value's base64 does not depend on its neighbours, when `offset` bytes stand before it. */
function base64At(value: Buffer, offset: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), value]);
  const first = offset === 0 ? 0 : offset + 1;
  const last = Math.floor((bytes.length * 8) / 6);
  const text = bytes.toString("base64").slice(first, last);
  return [text, text.replaceAll("+", "-").replaceAll("/", "_")];
}

function escapeUnicode(value: string): string {
  return value.replaceAll(/[^\w .-]/g, (character) =>
    [...character].map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  );
}

function escapeMarkup(value: string, quote: string, apostrophe: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', quote)
    .replaceAll("'", apostrophe);
}

/** RFC 4648, without the end that depends on what follows. */
function base32(bytes: Buffer): string {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  const letters = bits.match(/.{5}/g) ?? [];
  return letters.map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".charAt(Number.parseInt(five, 2))).join("");
}

function encodePercent(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    // A lone surrogate cannot be encoded.
    return value;
  }
}

/** Mixes four characters into an index of the table. */
function hashAt(text: string, index: number): number {
  const mixed =
    text.charCodeAt(index) ^
    (text.charCodeAt(index + 1) << 4) ^
    (text.charCodeAt(index + 2) << 8) ^
    (text.charCodeAt(index + 3) << 11);
  return mixed & ((1 << TABLE_BITS) - 1);
}
