import { createHmac } from "node:crypto";

import { scanPii, type PiiFinding, type PiiOptions } from "./scan-pii.ts";

/**
 * What happens to personal data: `redact` writes its kind in its place, `mask` leaves as much as people need to recognise
 * their own, `hash` writes a pseudonym that is the same for the same data under one key, `block` withholds the whole text.
 */
export type PiiAction = "redact" | "mask" | "hash" | "block";

/** Options of `redactPii`. */
export interface RedactPiiOptions extends PiiOptions {
  /** @default "redact" */
  readonly action?: PiiAction;
  /** Key of the pseudonyms of "hash": without one that is kept secret, data of few digits can be guessed. */
  readonly key?: string;
}

/** A text without what was found. */
export interface PiiRedaction {
  readonly text: string;
  readonly findings: readonly PiiFinding[];
}

/** What stands for a text that was blocked. */
const BLOCKED = "[withheld: personal data]";

/**
 * Takes what `scanPii` finds out of a text. The findings' places are those in the text that was given. Throws a
 * `TypeError` for "hash" without a key.
 */
export function redactPii(text: string, options: RedactPiiOptions = {}): PiiRedaction {
  const findings = scanPii(text, options);
  return { text: replaceFindings(text, findings, options), findings };
}

/** A text with what was found in it replaced. Throws as `redactPii` does. */
export function replaceFindings(
  text: string,
  findings: readonly PiiFinding[],
  { action = "redact", key }: RedactPiiOptions,
): string {
  if (action === "hash" && (key === undefined || key === "")) {
    throw new TypeError('Pseudonyms need a key: pass "key", a random text that is kept as long as they are compared');
  }
  if (findings.length === 0) return text;
  if (action === "block") return BLOCKED;
  const pieces: string[] = [];
  let position = 0;
  for (const { kind, start, end } of findings) {
    pieces.push(text.slice(position, start), replacementOf(kind, text.slice(start, end), { action, key }));
    position = end;
  }
  pieces.push(text.slice(position));
  return pieces.join("");
}

function replacementOf(
  kind: string,
  found: string,
  { action, key = "" }: { readonly action: Exclude<PiiAction, "block">; readonly key: string | undefined },
): string {
  switch (action) {
    case "redact":
      return `[PII:${kind}]`;
    case "mask":
      return mask(kind, found);
    case "hash":
      return `[PII:${kind}:${createHmac("sha256", key).update(canonicalOf(kind, found)).digest("hex").slice(0, 16)}]`;
    default:
      action satisfies never;
      return `[PII:${kind}]`;
  }
}

/** The last four characters of a number, the first one and the domain of an address; of a secret nothing. */
function mask(kind: string, found: string): string {
  const at = found.lastIndexOf("@");
  if (kind === "email" && at > 0) return `${found.slice(0, 1)}***${found.slice(at)}`;
  const isNumber = ["phone", "phone_us", "credit_card", "iban", "ssn"].includes(kind);
  const compact = found.replaceAll(/[^A-Za-z\d]/g, "");
  return isNumber && compact.length >= 8 && /^[\0-\x7f]*$/.test(found) ? `***${compact.slice(-4)}` : `[PII:${kind}]`;
}

/** The same number with other spaces is the same number. */
function canonicalOf(kind: string, found: string): string {
  const plain = found.normalize("NFKC").toLowerCase();
  return kind === "email" ? plain : plain.replaceAll(/[^a-z\d+]/g, "");
}
