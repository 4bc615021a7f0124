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
  const known: KnownTexts = { texts: new Map(), keys: new Map() };

  const toJson = (value: unknown): CleanJson => {
    const writer = new JsonWriter(options, known);
    const json = writer.write(value, 0);
    const { pii } = writer;
    if (pii === undefined) return { json };
    return { json: options.pii === "block" ? '{"withheld":"personal data"}' : json, pii: Object.fromEntries(pii) };
  };

  return {
    json: toJson,
    object(value) {
      const { json } = toJson(value);
      return json.startsWith("{") ? json : `{"value":${json}}`;
    },
    text(text) {
      if (known.texts.has(text)) return text;
      const cleaned = new JsonWriter(options, known).takeOut(text);
      if (cleaned === text) remember(known.texts, text, JSON.stringify(text));
      return cutText(cleaned, MAX_TEXT);
    },
  };
}

/** What was looked through before and had nothing in it, with its JSON. */
interface KnownTexts {
  readonly texts: Map<string, string>;
  readonly keys: Map<string, WrittenKey>;
}

interface WrittenKey {
  /** The key as JSON, with what stands before its value: as the first of its object, and as a later one. */
  readonly first: string;
  readonly later: string;
  /** Whether a text under this key is secret whatever it looks like. */
  readonly namesSecret: boolean;
}

/**
 * Writes one value. JSON is written directly: most records are small, and a second copy of them would cost more than all
 * the rest.
 */
class JsonWriter {
  /** How often each kind of personal data was found; `undefined` as long as there was none. */
  pii: Map<string, number> | undefined;
  readonly #options: CleanOptions;
  readonly #known: KnownTexts;
  #nodes = 0;
  #room = MAX_RECORD;

  constructor(options: CleanOptions, known: KnownTexts) {
    this.#options = options;
    this.#known = known;
  }

  write(value: unknown, depth: number): string {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) return '"[left out: too many values]"';
    if (typeof value === "string") return this.#writeText(value);
    if (typeof value === "boolean" || value === null) return String(value);
    if (typeof value === "number") return Number.isFinite(value) ? String(value) : `"${value}"`;
    if (typeof value !== "object") return `"[${typeof value}]"`;
    if (depth >= MAX_DEPTH) return '"[left out: too deep]"';
    if (ArrayBuffer.isView(value)) return `"[${value.byteLength} bytes]"`;
    return Array.isArray(value) ? this.#writeList(value, depth + 1) : this.#writeObject(value, depth + 1);
  }

  /** Takes secrets and personal data out of a text. */
  takeOut(text: string): string {
    const { redact, pii: action, piiKey } = this.#options;
    const redacted = redact === undefined ? text : redact(text);
    if (action === undefined) return redacted;
    const scanned = redactPii(redacted, { action, ...(piiKey === undefined ? {} : { key: piiKey }) });
    if (scanned.findings.length === 0) return scanned.text;
    this.pii ??= new Map();
    for (const { kind } of scanned.findings) this.pii.set(kind, (this.pii.get(kind) ?? 0) + 1);
    return scanned.text;
  }

  #writeText(text: string): string {
    const known = this.#known.texts.get(text);
    if (known !== undefined && text.length <= this.#room) {
      this.#room -= text.length;
      return known;
    }
    const kept = cutText(this.takeOut(text), Math.min(MAX_TEXT, this.#room));
    this.#room = Math.max(0, this.#room - kept.length);
    const json = JSON.stringify(kept);
    if (kept === text) remember(this.#known.texts, text, json);
    return json;
  }

  #writeList(items: readonly unknown[], depth: number): string {
    const count = Math.min(items.length, MAX_NODES);
    let json = "";
    for (let index = 0; index < count; index += 1) {
      json += index === 0 ? this.write(items[index], depth) : `,${this.write(items[index], depth)}`;
    }
    return `[${json}]`;
  }

  #writeObject(object: object, depth: number): string {
    // Only looked at by keys that it has.
    const fields = object as Readonly<Record<string, unknown>>;
    const keys = Object.keys(fields);
    const count = Math.min(keys.length, MAX_NODES);
    let json = "";
    for (let index = 0; index < count; index += 1) {
      const key = keys[index] ?? "";
      const field = fields[key];
      if (field === undefined) continue;
      const { first, later, namesSecret } = this.#writeKey(key, index);
      const isSecret = namesSecret && typeof field === "string" && field !== "";
      json += (json === "" ? first : later) + (isSecret ? SECRET_TEXT : this.write(field, depth));
    }
    return `{${json}}`;
  }

  /** Two keys that redaction makes equal stay two. */
  #writeKey(key: string, index: number): WrittenKey {
    const known = this.#known.keys.get(key);
    if (known !== undefined && key.length <= this.#room) return known;
    const namesSecret = SECRET_KEY.test(key);
    const cleaned = cutText(this.takeOut(key), Math.min(MAX_TEXT, this.#room));
    if (cleaned === key) {
      const written = toWritten(key, namesSecret);
      remember(this.#known.keys, key, written);
      return written;
    }
    this.#room = Math.max(0, this.#room - cleaned.length);
    return toWritten(`${cleaned}#${index}`, namesSecret);
  }
}

function toWritten(key: string, namesSecret: boolean): WrittenKey {
  const json = JSON.stringify(key);
  return { first: `${json}:`, later: `,${json}:`, namesSecret };
}

/** What is common comes back soon. */
function remember<Value>(known: Map<string, Value>, text: string, value: Value): void {
  if (text.length > MAX_KNOWN_LENGTH) return;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, value);
}

/** The digest covers what was cut, so that two long texts are told apart. */
function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length)}[cut: ${text.length} characters, sha256 ${sha256(text)}]`;
}
