/** A place in a text: from the first index up to the second, not included. */
export type Span = readonly [start: number, end: number];

/** Finds one kind of personal data. Linear in the text. */
export type PiiDetector = (text: string) => Iterable<Span>;

/** Endings of file names, as in `icon@2x.png`: no mail goes there. */
const FILE_ENDING =
  /\.(?:png|jpe?g|gif|svg|webp|avif|ico|css|scss|less|[cm]?[jt]sx?|json|md|html?|py|rs|go|ya?ml|toml|map|txt|gz|zip)$/i;
const NO_PERSON = /^(?:git|hg|svn|noreply|no-reply|donotreply|do-not-reply)@/i;

/** E-mail addresses, without addresses of machines and what only looks like one: scoped packages, images, remotes. */
export const findEmails: PiiDetector = fromPattern(
  /(?<![\w.%+/-])[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])/g,
  (found) => !NO_PERSON.test(found) && !FILE_ENDING.test(found),
);

/** Telephone numbers: the forms of North America with their dashes, and international ones with a plus sign. */
export const findPhones: PiiDetector = (text) => [...findAmericanPhones(text), ...findInternationalPhones(text)];

const findAmericanPhones = fromPattern(
  /(?<![\w.+/-])(?:1[-. ])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}-)\d{3}-\d{4}(?![\w-])/g,
  () => true,
);

const findInternationalPhones = fromPattern(
  /(?<![\w+])\+[1-9][\d ().-]{6,22}\d(?![\w:.-]\d|\w)/g,
  (found, { before }) => {
    const digits = found.replaceAll(/\D/g, "");
    if (digits.length < 8 || digits.length > 15 || /[ ().-]{3}|\.\d*\.\d*\./.test(found)) return false;
    // At the beginning of a line a plus sign and digits are a line that a diff added.
    return /[ ()-]/.test(found) || !(before === "" || before === "\n");
  },
);

/** Social security numbers of the USA, with dashes: areas 000, 666 and from 900 on, group 00 and serial 0000 don't exist. */
export const findSsns: PiiDetector = fromPattern(
  /(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g,
  () => true,
);

/** Numbers of payment cards: a known brand's beginning and length, and the Luhn check digit. */
export const findCards: PiiDetector = fromPattern(/(?<![\w.-])[2-6]\d(?:[ -]?\d){10,17}(?![\w-]|\.\d)/g, (found) => {
  const digits = found.replaceAll(/\D/g, "");
  return isBrand(digits) && passesLuhn(digits);
});

/** IPv4 addresses. They are versions, too: not looked for unless asked for. */
export const findIpAddresses: PiiDetector = fromPattern(
  /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w.-])/g,
  (found, { words }) => {
    return !/v(?:ersion)?[ :=]{0,3}$/i.test(words) && found.split(".").every((part) => Number(part) <= 255);
  },
);

/** Makes a detector of a pattern and a second look. Of two groups the first is what stands before the data. */
export function fromPattern(
  pattern: RegExp,
  accept: (found: string, around: { readonly before: string; readonly words: string }) => boolean,
): PiiDetector {
  return (text) => {
    const spans: Span[] = [];
    for (const match of text.matchAll(pattern)) {
      const [whole, first, second] = match;
      const found = second ?? whole;
      const index = match.index + (second === undefined ? 0 : (first ?? "").length);
      const words = text.slice(Math.max(0, index - 20), index);
      if (accept(found, { before: words.at(-1) ?? "", words })) spans.push([index, index + found.length]);
    }
    return spans;
  };
}

/** Beginnings and lengths of the brands: Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay. */
function isBrand(digits: string): boolean {
  const { length } = digits;
  if (digits.startsWith("4")) return length === 13 || length === 16 || length === 19;
  if (/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/.test(digits)) return length === 16;
  if (/^3[47]/.test(digits)) return length === 15;
  if (/^(?:30[0-5]|3[689])/.test(digits)) return length === 14;
  return /^(?:6011|64[4-9]|65|35|62)/.test(digits) && length >= 16;
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
