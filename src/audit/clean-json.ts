import { sha256 } from "../digest/index.ts";
import { redactPii, type PiiAction } from "../pii/index.ts";

/** Characters of one text that a record keeps; of a longer one it keeps the beginning and a digest. */
const MAX_TEXT = 64 * 1024;
const MAX_DEPTH = 64;
/** Values in one record. */
const MAX_NODES = 50_000;
/** Characters of all texts of one record: a line stays below 16 MiB whatever JSON makes of them. */
const MAX_RECORD = 1024 * 1024;

/** Short texts that are remembered as clean: names of tools, models, rules and fields come again and again. */
const MAX_KNOWN = 4096;
const MAX_KNOWN_LENGTH = 160;

/** Keys whose text is secret whatever it looks like; a value by itself does not show that it is a password. */
const SECRET_KEY =
  /(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|authorization|credentials?|private[_-]?key|cookie)$/i;
const SECRET_TEXT = '"[REDACTED:named_secret]"';

/** How values are made fit for a record. */
export interface CleanOptions {
  /** Takes secrets out of a text. */
  readonly redact?: ((text: string) => string) | undefined;
  /** What happens to personal data; left out: it is not looked for. */
  readonly pii?: PiiAction | undefined;
  /** Makes pseudonyms of personal data comparable within one log, and only there. */
  readonly piiKey?: string | undefined;
}

/** A value as JSON that may be written, and what personal data was in it. */
export interface CleanJson {
  readonly json: string;
  /** How often each kind was found; left out when nothing was. */
  readonly pii?: Readonly<Record<string, number>>;
}

/** Makes values fit for records. */
export interface Cleaner {
  /**
   * A value as JSON: secrets and, where asked, personal data taken out of every text, keys included, and texts whose
   * key names a secret; bounded in depth, number and length; nothing but JSON. Fields that are `undefined` are left out.
   */
  json(value: unknown): CleanJson;
  /** The same, as an object whatever it is: hosts without types may pass anything, and a record must stay readable. */
  object(value: unknown): string;
  /** The same for one text, which stays a text. */
  text(text: string): string;
}

/** Makes a cleaner. What `redact` throws goes on. */
export function createCleaner(options: CleanOptions): Cleaner {
  const known = new Set<string>();

  const clean = (text: string, pii: Map<string, number>): string => {
    if (known.has(text)) return text;
    const cleaned = takeOut(text, options, pii);
    if (cleaned === text && text.length <= MAX_KNOWN_LENGTH) {
      // What is common comes back soon.
      if (known.size >= MAX_KNOWN) known.clear();
      known.add(text);
    }
    return cleaned;
  };

  const toJson = (value: unknown): CleanJson => {
    const pii = new Map<string, number>();
    const json = writeJson(value, (text) => clean(text, pii));
    if (pii.size === 0) return { json };
    return { json: options.pii === "block" ? '{"withheld":"personal data"}' : json, pii: Object.fromEntries(pii) };
  };

  return {
    json: toJson,
    object: (value) => {
      const { json } = toJson(value);
      return json.startsWith("{") ? json : `{"value":${json}}`;
    },
    text: (text) => cutText(clean(text, new Map()), MAX_TEXT),
  };
}

function takeOut(text: string, { redact, pii: action, piiKey }: CleanOptions, pii: Map<string, number>): string {
  const redacted = redact === undefined ? text : redact(text);
  if (action === undefined) return redacted;
  const scanned = redactPii(redacted, { action, ...(piiKey === undefined ? {} : { key: piiKey }) });
  for (const { kind } of scanned.findings) pii.set(kind, (pii.get(kind) ?? 0) + 1);
  return scanned.text;
}

/** JSON is written directly: most records are small, and a second copy of them would cost more than all the rest. */
function writeJson(value: unknown, clean: (text: string) => string): string {
  let nodes = 0;
  let room = MAX_RECORD;

  const writeText = (text: string): string => {
    const kept = cutText(clean(text), Math.min(MAX_TEXT, room));
    room = Math.max(0, room - kept.length);
    return JSON.stringify(kept);
  };

  const write = (item: unknown, depth: number): string => {
    nodes += 1;
    if (nodes > MAX_NODES) return '"[left out: too many values]"';
    if (typeof item === "string") return writeText(item);
    if (typeof item === "boolean" || item === null) return String(item);
    if (typeof item === "number") return Number.isFinite(item) ? String(item) : `"${item}"`;
    if (typeof item !== "object") return `"[${typeof item}]"`;
    if (depth >= MAX_DEPTH) return '"[left out: too deep]"';
    if (ArrayBuffer.isView(item)) return `"[${item.byteLength} bytes]"`;
    if (Array.isArray(item))
      return `[${takeNodes(item)
        .map((each) => write(each, depth + 1))
        .join(",")}]`;
    return writeObject(item, depth);
  };

  const writeObject = (item: object, depth: number): string => {
    let json = "";
    let index = 0;
    for (const [key, each] of takeNodes(Object.entries(item))) {
      if (each !== undefined) {
        const isSecret = typeof each === "string" && each !== "" && SECRET_KEY.test(key);
        json += `${json === "" ? "" : ","}${writeKey(key, index)}:${isSecret ? SECRET_TEXT : write(each, depth + 1)}`;
      }
      index += 1;
    }
    return `{${json}}`;
  };

  /** Two keys that redaction makes equal stay two. */
  const writeKey = (key: string, index: number): string => {
    const cleaned = cutText(clean(key), Math.min(MAX_TEXT, room));
    if (cleaned === key) return JSON.stringify(key);
    room = Math.max(0, room - cleaned.length);
    return JSON.stringify(`${cleaned}#${index}`);
  };

  return write(value, 0);
}

function takeNodes<Item>(items: readonly Item[]): readonly Item[] {
  return items.length > MAX_NODES ? items.slice(0, MAX_NODES) : items;
}

/** The digest covers what was cut, so that two long texts are told apart. */
function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length)}[cut: ${text.length} characters, sha256 ${sha256(text)}]`;
}
