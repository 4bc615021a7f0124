import { fromPattern, type PiiDetector, type Span } from "./detector.ts";
import { ibans } from "./load-validators.ts";

/** Endings of file names, as in `icon@2x.png`: no mail goes there. */
const FILE_ENDING =
  /\.(?:png|jpe?g|gif|svg|webp|avif|ico|css|scss|less|[cm]?[jt]sx?|json|md|html?|py|rs|go|ya?ml|toml|map|txt|gz|zip|git|local|internal|service|timer|so|dll)$/i;
const NO_PERSON =
  /@(?:openssh\.com|libssh\.org)$|^(?:git|hg|svn|noreply|no-reply|donotreply|do-not-reply|mailer-daemon|postmaster|\d+\+[\w-]+|[\w-]+\[bot\])@/i;

/**
 * E-mail addresses, also with letters beyond ASCII, without addresses of machines and what only looks like one: scoped
 * packages, images, remotes (`user@host:path/to`).
 */
export const findEmails: PiiDetector = fromPattern(
  /(?<![\p{L}\d_.%+@-]|(?<!@[\w.-]{1,64})\/)[\p{L}\d_%+-](?:[\p{L}\d_.%+'-]{0,62}[\p{L}\d_%+'-])?@(?:[\p{L}\d](?:[\p{L}\d-]{0,61}[\p{L}\d])?\.){1,8}\p{L}{2,24}(?![\p{L}\d@-]|_+[\p{L}\d]|\.\w|:[^\s:]{0,64}\/|:\w[\w.-]{0,64}\.git)/giu,
  (found, { words }) =>
    !NO_PERSON.test(found) &&
    !FILE_ENDING.test(found) &&
    !found.includes("..") &&
    // Name and password of an address of the web.
    !/:\/\/\S*$/.test(words),
);

/** A word that says that nine digits are a social security number. */
const SSN_WORD = /(?:\bssn|social[ _-]?security)[a-z _+-]{0,16}["']?[\s#.:=+]{0,3}["']?$/i;

/**
 * Social security numbers of the USA, with dashes, or without where a word says what they are: areas 000, 666 and from
 * 900 on, group 00 and serial 0000 don't exist.
 */
export const findSsns: PiiDetector = fromPattern(
  /(?<![a-z\d.-]|[a-z\d]_)(?!000|666|9)\d{3}([ +-]?)(?!00)\d{2}\1(?!0000)\d{4}(?![a-z\d-]|_[a-z\d]|\.\d)/gi,
  (found, { words }) => (found.charAt(3) === "-" && !/[\d/]\s?$/.test(words)) || SSN_WORD.test(words),
);

/** Numbers of payment cards: a known brand's beginning and length, and the Luhn check digit. */
export const findCards: PiiDetector = fromPattern(
  /(?<![a-z\d.-]|[a-z\d]_|\d[ ,])[2-6]\d(?:[ .+-]?\d){10,17}(?![a-z\d-]|_[a-z\d]|\.\d|[ ,]\d)/gi,
  (found) => {
    const digits = found.replaceAll(/\D/g, "");
    return isGrouped(found) && isBrand(digits) && passesLuhn(digits);
  },
);

/**
 * International bank account numbers (ISO 13616), with or without spaces, also in small letters: the country's form and its
 * check digits.
 */
export const findIbans: PiiDetector = (text) => {
  const spans: Span[] = [];
  for (const { 0: found, index } of text.matchAll(
    /(?<![A-Za-z0-9])(?:[A-Z]{2}\d{2}(?:[ +-]?[A-Z0-9]{2,4}){2,8}(?:[ +-]?[A-Z0-9]{1,4})?|[a-z]{2}\d{2}(?:[ +]?[a-z0-9]{2,4}){2,8}(?:[ +]?[a-z0-9]{1,4})?)(?![A-Za-z0-9])/g,
  )) {
    const length = lengthOfIban(found.toUpperCase());
    if (length !== undefined) spans.push([index, index + length]);
  }
  return spans;
};

/** What follows an account number may look as if it belonged to it: its own length decides. */
function lengthOfIban(found: string): number | undefined {
  const { isValidIBAN, countrySpecs } = ibans();
  const country = found.slice(0, 2);
  const expected = Object.hasOwn(countrySpecs, country) ? (countrySpecs[country]?.chars ?? undefined) : undefined;
  if (expected === undefined) return undefined;
  let length = 0;
  for (let seen = 0; seen < expected; length += 1) {
    if (length >= found.length) return undefined;
    if (/[A-Z0-9]/.test(found.charAt(length))) seen += 1;
  }
  if (/[A-Z0-9]/.test(found.charAt(length))) return undefined;
  return isValidIBAN(found.slice(0, length).replaceAll(/[ +-]/g, "")) ? length : undefined;
}

/**
 * IPv4 and IPv6 addresses. The first are versions, too: not looked for unless asked for. The unspecified and the loopback
 * address are nobody's.
 */
export const findIpAddresses: PiiDetector = (text) => [...findIpv4(text), ...findIpv6(text)];

const findIpv4 = fromPattern(
  /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)/g,
  (found, { words }) =>
    !/v(?:ersion)?[ :=]{0,3}$/i.test(words) &&
    found.split(".").every((part) => Number(part) <= 255 && !/^0\d/.test(part)),
);

/** With two colons at least: times have as many, and are no addresses. */
const findIpv6 = fromPattern(
  /(?<![\w:.])(?:[\da-f]{1,4}|:)(?::[\da-f]{0,4}){2,7}(?::\d{1,3}(?:\.\d{1,3}){3}|(?:\.\d{1,3}){3})?(?![\w:]|\.\d)/gi,
  (found) => loadNet().isIPv6(found) && /\d/.test(found) && found.length > 3,
);

/** Not imported: that loads sockets, which a door that only records or redacts does not need. */
function loadNet(): typeof import("node:net") {
  return process.getBuiltinModule("node:net");
}

/** Spaces, dashes and the like are those of a card, of one kind and between groups: not those of a table of numbers. */
function isGrouped(found: string): boolean {
  return (
    /^\d+$/.test(found) ||
    /^\d{4}([ .+-])\d{4}\1\d{4}\1(?:\d{1,7}|\d{4}\1\d{3})$/.test(found) ||
    /^\d{4}([ .+-])\d{6}\1\d{4,5}$/.test(found)
  );
}

/** Beginnings and lengths of the brands: Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay, Maestro. */
function isBrand(digits: string): boolean {
  const { length } = digits;
  if (digits.startsWith("4")) return length === 13 || length === 16 || length === 19;
  if (/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/.test(digits)) return length === 16;
  if (/^3[47]/.test(digits)) return length === 15;
  if (/^(?:30[0-5]|3[689])/.test(digits)) return length === 14;
  return /^(?:6011|64[4-9]|65|35|62|50(?:18|19|20|38)|5893|6304|6759|676[1-3])/.test(digits) && length >= 16;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = digit * 2;
    sum += index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
