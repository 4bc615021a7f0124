import { hash } from "node:crypto";

import type { JsonObject, JsonValue } from "../spec/index.ts";
import { redactPii } from "./scan-pii.ts";

/** Characters of one text that a record keeps; of a longer one it keeps the beginning and a digest. */
const MAX_TEXT = 64 * 1024;
const MAX_DEPTH = 64;
/** Values in one record. */
const MAX_NODES = 50_000;
/** Characters of all texts of one record; JSON may need six bytes for each, and a line stays below 16 MiB. */
const MAX_RECORD = 2 * 1024 * 1024;

/** Keys that are remembered as clean: most records have the same ones. */
const MAX_KEYS = 1000;

/** Keys whose text is secret whatever it looks like; a value by itself does not show that it is a password. */
const SECRET_KEY =
  /(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|authorization|credentials?|private[_-]?key|cookie)$/i;
const SECRET_TEXT = "[REDACTED:named_secret]";

/** How values are made fit for a record. */
export interface CleanOptions {
  readonly redact: ((text: string) => string) | undefined;
  readonly scanPii: boolean;
  /** Keys in which nothing was found. */
  readonly cleanKeys: Set<string>;
}

/** A value that may be written, and what personal data was taken out of it. */
export interface CleanValue {
  readonly value: JsonValue;
  /** How often each kind was found; left out when nothing was. */
  readonly pii?: Readonly<Record<string, number>>;
}

/**
 * Makes a value fit for a record before anything is hashed or written: secrets and, where asked, personal data taken out
 * of every text, keys included, and texts whose key names a secret; bounded in depth, number and length; nothing but JSON. What `redact` throws goes on.
 */
export function cleanValue(value: unknown, options: CleanOptions): CleanValue {
  const pii = new Map<string, number>();
  let nodes = 0;
  let room = MAX_RECORD;

  const cleanText = (text: string): string => {
    const redacted = options.redact === undefined ? text : options.redact(text);
    if (!options.scanPii) return keepText(redacted);
    const scanned = redactPii(redacted);
    for (const { kind } of scanned.findings) pii.set(kind, (pii.get(kind) ?? 0) + 1);
    return keepText(scanned.text);
  };

  const keepText = (text: string): string => {
    const kept = cutText(text, Math.min(MAX_TEXT, room));
    room = Math.max(0, room - kept.length);
    return kept;
  };

  const clean = (item: unknown, depth: number): JsonValue => {
    nodes += 1;
    if (nodes > MAX_NODES) return "[left out: too many values]";
    if (typeof item === "string") return cleanText(item);
    if (typeof item === "boolean" || item === null) return item;
    if (typeof item === "number") return Number.isFinite(item) ? item : String(item);
    if (typeof item !== "object") return `[${typeof item}]`;
    if (depth >= MAX_DEPTH) return "[left out: too deep]";
    if (Array.isArray(item)) return takeNodes(item).map((each) => clean(each, depth + 1));
    if (ArrayBuffer.isView(item)) return `[${item.byteLength} bytes]`;
    const entries = takeNodes(Object.entries(item)).filter(([, each]) => each !== undefined);
    return Object.fromEntries(
      entries.map(([key, each], index) => {
        const isSecret = typeof each === "string" && each !== "" && SECRET_KEY.test(key);
        return [cleanKey(key, index), isSecret ? SECRET_TEXT : clean(each, depth + 1)];
      }),
    );
  };

  /** Two keys that redaction makes equal stay two. */
  const cleanKey = (key: string, index: number): string => {
    if (options.cleanKeys.has(key)) return key;
    const cleaned = cleanText(key);
    if (cleaned !== key) return `${cleaned}#${index}`;
    if (key.length <= 64 && options.cleanKeys.size < MAX_KEYS) options.cleanKeys.add(key);
    return key;
  };

  const cleaned = clean(value, 0);
  return pii.size === 0 ? { value: cleaned } : { value: cleaned, pii: Object.fromEntries(pii) };
}

/** The same for one text. */
export function cleanText(text: string, options: CleanOptions): string {
  const { value } = cleanValue(text, options);
  // A text stays one.
  return typeof value === "string" ? value : "";
}

/** The same for an event's data, which stays an object. */
export function cleanData(data: JsonObject, options: CleanOptions): JsonObject {
  const { value, pii } = cleanValue(data, options);
  const cleaned = isObject(value) ? value : { value };
  return pii === undefined ? cleaned : { ...cleaned, pii };
}

/** SHA-256 in hex of a value's JSON text, its keys in the order in which they come. */
export function digestOf(value: JsonValue): string {
  return hash("sha256", JSON.stringify(value));
}

function takeNodes<Item>(items: readonly Item[]): readonly Item[] {
  return items.length > MAX_NODES ? items.slice(0, MAX_NODES) : items;
}

/** The digest covers what was cut, so that two long texts are told apart. */
function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length)}[cut: ${text.length} characters, sha256 ${hash("sha256", text)}]`;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
