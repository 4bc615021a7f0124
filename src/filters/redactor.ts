import type { ResultFilter } from "../spec/index.ts";
import { createFinder } from "./find-secrets.ts";
import { createValueSource, secretValuesOf } from "./known-values.ts";
import { redactWith, type RedactedText } from "./redact-secrets.ts";
import { openRedactionStream } from "./redaction-stream.ts";
import type { SecretRule } from "./secret-rule.ts";
import { SECRET_RULES } from "./secret-rules.ts";

/** Short texts that are remembered as clean: reasons, names and paths come again and again. */
const MAX_KNOWN = 4096;
const MAX_KNOWN_LENGTH = 160;

/** Options of `createRedactor`. */
export interface RedactorOptions {
  /** Secrets that the process holds: API keys, passwords. Shorter ones than 8 characters are not looked for. */
  readonly values?: readonly string[];
  /** An environment: the values of variables named like KEY, TOKEN, SECRET, PASSWORD or CREDENTIAL are secrets. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** More rules, besides the built-in ones. */
  readonly rules?: readonly SecretRule[];
}

/** The one redactor of a process: for tool results, streams, logs and audit records. */
export interface Redactor extends ResultFilter {
  /** Redacts a text, for places that take a plain function. */
  redact(text: string): RedactedText;
  /** A stream keeps at most a line of 8192 characters and the last chunk. */
  open: NonNullable<ResultFilter["open"]>;
}

/**
 * Makes a redactor: known values in all usual encodings first, then forms of secrets. A secret that comes in pieces is
 * found too, since a stream lets only whole lines go. Throws a `TypeError` for a rule that could not work.
 */
export function createRedactor({ values = [], env = {}, rules = [] }: RedactorOptions = {}): Redactor {
  for (const rule of rules) checkRule(rule);
  const known = createValueSource([...values, ...secretValuesOf(env)]);
  const find = createFinder([...SECRET_RULES, ...rules], [known]);
  const clean = new Set<string>();
  const redact = (text: string): RedactedText => {
    if (clean.has(text)) return { text, findings: [] };
    const redacted = redactWith(find, text);
    if (redacted.findings.length === 0 && text.length <= MAX_KNOWN_LENGTH) {
      // What is common comes back soon.
      if (clean.size >= MAX_KNOWN) clean.clear();
      clean.add(text);
    }
    return redacted;
  };
  return {
    name: "secrets",
    redact,
    apply(text) {
      const { text: redacted, findings } = redact(text);
      return { text: redacted, findings: findings.map((finding) => ({ filter: "secrets", ...finding })) };
    },
    open: () => openRedactionStream(find),
  };
}

function checkRule({ kind, hints, pattern }: SecretRule): void {
  if (!/^[a-z0-9_]+$/.test(kind))
    throw new TypeError(`A rule's kind has a-z, 0-9 and "_", got ${JSON.stringify(kind)}`);
  if (!pattern.global) throw new TypeError(`The pattern of the rule "${kind}" needs the flag "g"`);
  const isFolded = pattern.ignoreCase;
  if (hints.length > 0 && hints.every((hint) => hint !== "" && (!isFolded || hint === hint.toLowerCase()))) return;
  throw new TypeError(
    `The rule "${kind}" needs hints: texts of which one is in every match, in lower case with the flag "i"`,
  );
}
