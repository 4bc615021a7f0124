import { findIbans } from "./find-ibans.ts";
import {
  findCards,
  findEmails,
  findIpAddresses,
  findPhones,
  findSsns,
  fromPattern,
  type PiiDetector,
} from "./pii-detectors.ts";

/** What a scan knows to find. "ip_address" only where it is asked for. */
export type PiiKind = keyof typeof DETECTORS;

/** Options of a scan. */
export interface PiiOptions {
  /** What to look for. @default everything but "ip_address" */
  readonly kinds?: readonly PiiKind[];
  /** More patterns by kind. They are yours: keep them linear. */
  readonly custom?: Readonly<Record<string, RegExp>>;
}

/** Personal data, or something as confidential, in a text. */
export interface PiiFinding {
  readonly kind: string;
  readonly start: number;
  /** Not included. */
  readonly end: number;
}

/** A text without what was found. */
export interface PiiRedaction {
  readonly text: string;
  readonly findings: readonly PiiFinding[];
}

const always = (): boolean => true;

const DETECTORS = {
  email: findEmails,
  phone: findPhones,
  ssn: findSsns,
  credit_card: findCards,
  iban: findIbans,
  ip_address: findIpAddresses,
  // The most usual secrets, for a log that has no redactor: `redactSecrets` of harness-agent/filters knows many more.
  aws_access_key: fromPattern(/(?<![A-Z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Z0-9])/g, always),
  aws_secret_key: fromPattern(
    /(aws[\w .-]{0,20}(?:secret|key)[\w .-]{0,20}["']?[ \t]{0,3}[:=][ \t]{0,3}["']?)([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
    always,
  ),
  github_token: fromPattern(/(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255})/g, always),
  jwt: fromPattern(/(?<![\w-])eyJ[\w-]{8,100000}\.eyJ[\w-]{8,100000}\.[\w-]{0,100000}/g, always),
  slack_token: fromPattern(/xox[abeoprs]-[A-Za-z0-9-]{10,255}/g, always),
  private_key_header: fromPattern(/-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g, always),
  generic_api_key: fromPattern(
    /(\b(?:api|access|secret)[_-]?key["']?[ \t]{0,3}[:=][ \t]{0,3}["']?)([\w-]{20,255})/gi,
    (key) => /\d/.test(key),
  ),
} as const satisfies Readonly<Record<string, PiiDetector>>;

const DEFAULT_KINDS = Object.keys(DETECTORS).filter((kind) => kind !== "ip_address");

/**
 * Finds personal data of a form: mail addresses, telephone numbers, US social security numbers, payment cards, bank
 * accounts. What can be checked is checked (Luhn, mod 97, ranges that exist). Names and addresses have no form and are
 * not found. Findings come in order and don't overlap. Throws a `TypeError` for an unknown kind.
 */
export function scanPii(text: string, options: PiiOptions = {}): readonly PiiFinding[] {
  const found: PiiFinding[] = [];
  for (const [kind, detector] of chooseDetectors(options)) {
    for (const [start, end] of detector(text)) found.push({ kind, start, end });
  }
  if (found.length < 2) return found;
  found.sort((left, right) => left.start - right.start || right.end - left.end);
  let covered = 0;
  return found.filter(({ start, end }) => {
    if (start < covered) return false;
    covered = end;
    return true;
  });
}

/** Replaces what `scanPii` finds by `[PII:<kind>]`. The findings' places are those in the text that was given. */
export function redactPii(text: string, options: PiiOptions = {}): PiiRedaction {
  const findings = scanPii(text, options);
  if (findings.length === 0) return { text, findings };
  const pieces: string[] = [];
  let position = 0;
  for (const { kind, start, end } of findings) {
    pieces.push(text.slice(position, start), `[PII:${kind}]`);
    position = end;
  }
  pieces.push(text.slice(position));
  return { text: pieces.join(""), findings };
}

function* chooseDetectors({ kinds, custom = {} }: PiiOptions): Generator<readonly [string, PiiDetector]> {
  for (const kind of kinds ?? DEFAULT_KINDS) {
    if (!isKind(kind)) {
      throw new TypeError(`There is no kind of personal data "${kind}". Kinds: ${Object.keys(DETECTORS).join(", ")}`);
    }
    yield [kind, DETECTORS[kind]];
  }
  for (const [kind, pattern] of Object.entries(custom)) {
    const flags = pattern.flags.includes("g") ? pattern.flags : `${pattern.flags}g`;
    yield [kind, fromPattern(new RegExp(pattern.source, flags), (match) => match !== "")];
  }
}

function isKind(kind: string): kind is PiiKind {
  return Object.hasOwn(DETECTORS, kind);
}
