import { fromPattern, type PiiDetector, type Span } from "./detector.ts";
import { phoneNumbers } from "./load-validators.ts";

/** A word right before a number that says that it is one to call. */
const PHONE_WORD =
  /(?:phone|telephone|tel|telefon|téléphone|mobile?|cell|fax|call|dial|whatsapp|sms|text|handy|móvil)[a-z]{0,3}["']?[\s.:=_-]{0,3}(?:(?:number|nummer|num|no|nr|is|me|us|at|on)["']?[\s.:=>]{0,3}){0,3}["'(]?$/i;

/** Numbers of one text that plans are asked about, some microseconds each: a text of little else must not take seconds. */
const MOST_ASKED = 10_000;

/** Asks the numbering plans. Behind `MOST_ASKED` numbers everything that has the form of one is taken for one. */
interface Plans {
  isAmerican(found: string): boolean;
  /** Whether a number with its country's code exists, and the code is one of those that are looked for. */
  isInternational(found: string): boolean;
}

function askPlans(isWanted: (callingCode: string) => boolean): Plans {
  const { parsePhoneNumberFromString } = phoneNumbers();
  let asked = 0;
  return {
    isAmerican: (found) => (asked += 1) > MOST_ASKED || parsePhoneNumberFromString(found, "US")?.isValid() === true,
    isInternational(found) {
      asked += 1;
      if (asked > MOST_ASKED) return true;
      const number = parsePhoneNumberFromString(found.replaceAll("(0)", "").replaceAll(/(?<=.)\+/g, " "));
      return number?.isValid() === true && isWanted(number.countryCallingCode);
    },
  };
}

/**
 * Telephone numbers of North America as they are written there: with dashes, dots or parentheses, named as one, or with
 * the country's +1.
 */
export const findAmericanPhones: PiiDetector = (text) => {
  const plans = askPlans((callingCode) => callingCode === "1");
  return [
    ...findDashed(text),
    ...findDotted(text, plans),
    ...findNamed(text, (found) => plans.isAmerican(found)),
    ...findInternational(text, plans),
  ];
};

/** International numbers, with a plus sign; the plan of the country decides. */
export const findPhones: PiiDetector = (text) => {
  const plans = askPlans(() => true);
  const isNational = (found: string): boolean =>
    /^0[1-9]|^00[1-9]/.test(found) && found.replaceAll(/\D/g, "").length >= 8 && !plans.isAmerican(found);
  return [...findInternational(text, plans), ...findNamed(text, isNational)];
};

const findDashed = fromPattern(
  /(?<![\w.+/#-]|\(\d{3}\) )(?:\+?1[-. ])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}-)\d{3}-\d{4}(?![\w-]|\.\d)/g,
);

/** Dots stand in versions and addresses as well: the numbering plan decides. */
function findDotted(text: string, plans: Plans): Iterable<Span> {
  const pattern = /(?<![\w.+/=#-])(?:1\.)?[2-9]\d{2}\.[2-9]\d{2}\.\d{4}(?![\w-]|\.\d)/g;
  return fromPattern(pattern, (found) => plans.isAmerican(found))(text);
}

function findInternational(text: string, plans: Plans): Iterable<Span> {
  const pattern = /(?<![a-z\d+.]|[a-z\d]_|\d )\+[1-9](?:[ ().+-]{0,2}\d){6,14}(?![a-z\d:-]\d|[a-z\d]|_[a-z\d]|\.\d)/gi;
  return fromPattern(pattern, (found, { before }) => {
    // At the beginning of a line a plus sign and digits are a line that a diff added.
    if (!/[ ().-]/.test(found) && (before === "" || before === "\n") && !/^\+\d{10,14}$/.test(found)) return false;
    return !isAddress(found) && plans.isInternational(found);
  })(text);
}

/** Four small numbers with dots between them, as addresses and versions are. */
function isAddress(found: string): boolean {
  const parts = found.slice(1).split(".");
  return parts.length === 4 && parts.every((part) => Number(part) <= 255);
}

/** What a word before it calls a telephone number, in the form of no country in particular. */
function findNamed(text: string, accept: (found: string) => boolean): Iterable<Span> {
  const pattern = /(?<![\w.+/-])(?:\(?\d)(?:[ ().-]{0,2}\d){6,13}(?![\w-]|\.\d)/g;
  return fromPattern(pattern, (number, { words }) => PHONE_WORD.test(words) && accept(number))(text);
}
