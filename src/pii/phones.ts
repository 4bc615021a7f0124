import { fromPattern, type PiiDetector, type Span } from "./detector.ts";
import { phoneNumbers } from "./load-validators.ts";

/** A word right before a number that says that it is one to call. */
const PHONE_WORD =
  /(?:phone|telephone|tel|telefon|téléphone|mobile?|cell|fax|call|dial|whatsapp|sms|text|handy|móvil)[a-z]{0,3}["']?[\s.:=_-]{0,3}(?:(?:number|nummer|num|no|nr|is|me|us|at|on)["']?[\s.:=>]{0,3}){0,3}["'(]?$/i;

/**
 * Telephone numbers of North America as they are written there: with dashes, dots or parentheses, named as one, or with
 * the country's +1.
 */
export const findAmericanPhones: PiiDetector = (text) => [
  ...findDashed(text),
  ...findDotted(text),
  ...findNamed(text, isAmerican),
  ...findAmericanInternational(text),
];

const findDashed = fromPattern(
  /(?<![\w.+/=#-]|\(\d{3}\) )(?:\+?1[-. ])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}-)\d{3}-\d{4}(?![\w-]|\.\d)/g,
);

/** Dots stand in versions and addresses as well: the numbering plan decides. */
const findDotted = fromPattern(/(?<![\w.+/=#-])(?:1\.)?[2-9]\d{2}\.[2-9]\d{2}\.\d{4}(?![\w-]|\.\d)/g, isAmerican);

function isAmerican(found: string): boolean {
  return phoneNumbers().parsePhoneNumberFromString(found, "US")?.isValid() === true;
}

/** International numbers, with a plus sign; the plan of the country decides. */
export const findPhones: PiiDetector = (text) => [
  ...findInternational(text),
  ...findNamed(text, (found) => {
    return !isAmerican(found) && /^(?:0|00)[1-9]/.test(found) && found.replaceAll(/\D/g, "").length >= 8;
  }),
];

function internationalOf(accept: (callingCode: string) => boolean): PiiDetector {
  return fromPattern(/(?<![\w+.=]|\d )\+[1-9](?:[ ().-]{0,2}\d){6,14}(?![\w:-]\d|\w|\.\d)/g, (found, { before }) => {
    // At the beginning of a line a plus sign and digits are a line that a diff added.
    if (!/[ ().-]/.test(found) && (before === "" || before === "\n") && !/^\+\d{10,14}$/.test(found)) return false;
    if (/\.\d*\.\d*\./.test(found)) return false;
    const number = phoneNumbers().parsePhoneNumberFromString(found.replaceAll("(0)", ""));
    return number?.isValid() === true && accept(number.countryCallingCode);
  });
}

const findInternational = internationalOf(() => true);
const findAmericanInternational = internationalOf((callingCode) => callingCode === "1");

/** What a word before it calls a telephone number, in the form of no country in particular. */
function findNamed(text: string, accept: (found: string) => boolean): readonly Span[] {
  const found = fromPattern(/(?<![\w.+/-])(?:\(?\d)(?:[ ().-]{0,2}\d){6,13}(?![\w-]|\.\d)/g, (number, { words }) => {
    return PHONE_WORD.test(words) && accept(number);
  });
  return [...found(text)];
}
