import { CREDENTIAL_DETECTORS } from "./credentials.ts";
import { fromPattern, type PiiDetector } from "./detector.ts";
import { findCards, findEmails, findIbans, findIpAddresses, findSsns } from "./detectors.ts";
import { findAmericanPhones, findPhones } from "./phones.ts";
import { revealForm } from "./reveal-form.ts";

/** What a scan knows to find. "ip_address" only where it is asked for. */
export type PiiKind = keyof typeof DETECTORS;

/** Options of a scan. */
export interface PiiOptions {
  /** What to look for. @default everything but "ip_address" */
  readonly kinds?: readonly PiiKind[];
  /** More patterns by kind. They are yours: keep them linear. */
  readonly custom?: Readonly<Record<string, RegExp>>;
  /** More detectors by kind: names of people, for example, which have no form and need a model or a list. */
  readonly detectors?: Readonly<Record<string, PiiDetector>>;
}

/** Personal data, or something as confidential, in a text. */
export interface PiiFinding {
  readonly kind: string;
  readonly start: number;
  /** Not included. */
  readonly end: number;
}

const DETECTORS = {
  email: findEmails,
  phone_us: findAmericanPhones,
  phone: findPhones,
  ssn: findSsns,
  credit_card: findCards,
  iban: findIbans,
  ip_address: findIpAddresses,
  ...CREDENTIAL_DETECTORS,
} as const satisfies Readonly<Record<string, PiiDetector>>;

const DEFAULT_KINDS: readonly string[] = Object.keys(DETECTORS).filter((kind) => kind !== "ip_address");

/** Eight digits, perhaps in groups: no number that means anybody has fewer. */
const NUMBER = /\d(?:[ ().+-]{0,3}\d){7}/;

/** What a text must have for a kind to be worth a look: most texts have nothing of it. */
const HINTS: Readonly<Record<PiiKind, RegExp>> = {
  email: /@/,
  phone_us: NUMBER,
  phone: /\+\d|\d(?:[ ().-]{0,3}\d){7}/,
  ssn: NUMBER,
  credit_card: NUMBER,
  iban: /[a-z]{2}\d\d[ +-]?[a-z\d]{2}/i,
  ip_address: /\d\.\d|[\da-f:]:[\da-f:]/i,
  aws_access_key: /A[KS]IA/,
  aws_secret_key: /aws/i,
  github_token: /gh[pousr]_|github_pat_/,
  jwt: /eyJ/,
  slack_token: /xox|xapp-/,
  private_key_header: /PRIVATE KEY/,
  generic_api_key: /key/i,
};

/**
 * Finds personal data of a form: mail addresses, telephone numbers, US social security numbers, payment cards, bank
 * accounts; also where it is written with escapes, full-width digits or invisible characters. What can be checked is
 * checked (Luhn, mod 97, numbering plans, ranges that exist). Names and addresses have no form and are not found without
 * a detector of yours. Findings come in order and don't overlap. Throws a `TypeError` for an unknown kind.
 */
export function scanPii(text: string, options: PiiOptions = {}): readonly PiiFinding[] {
  const form = revealForm(text);
  const found: PiiFinding[] = [];
  for (const [kind, detector] of chooseDetectors(form.text, options)) {
    for (const [start, end] of detector(form.text)) {
      // What comes before the next character of the plain form belongs to what ends there.
      found.push({ kind, start: form.toOriginal(start), end: form.toOriginal(end - 1) + lastWidth(form, end) });
    }
  }
  return found.length < 2 ? found : dropOverlaps(found);
}

/** How many characters of the original the last one of a finding takes. */
function lastWidth({ toOriginal }: ReturnType<typeof revealForm>, end: number): number {
  return Math.max(1, toOriginal(end) - toOriginal(end - 1));
}

function dropOverlaps(found: PiiFinding[]): readonly PiiFinding[] {
  found.sort((left, right) => left.start - right.start || right.end - left.end);
  let covered = 0;
  return found.filter(({ start, end }) => {
    if (start < covered) return false;
    covered = end;
    return true;
  });
}

function* chooseDetectors(
  text: string,
  { kinds, custom = {}, detectors = {} }: PiiOptions,
): Generator<readonly [string, PiiDetector]> {
  const wanted: readonly string[] = kinds ?? DEFAULT_KINDS;
  for (const kind of wanted) {
    if (!isKind(kind)) {
      throw new TypeError(`There is no kind of personal data "${kind}". Kinds: ${Object.keys(DETECTORS).join(", ")}`);
    }
    if (HINTS[kind].test(text)) yield [kind, DETECTORS[kind]];
  }
  for (const [kind, pattern] of Object.entries(custom)) {
    const flags = pattern.flags.includes("g") ? pattern.flags : `${pattern.flags}g`;
    yield [kind, fromPattern(new RegExp(pattern.source, flags), (match) => match !== "")];
  }
  yield* Object.entries(detectors);
}

function isKind(kind: string): kind is PiiKind {
  return Object.hasOwn(DETECTORS, kind);
}
