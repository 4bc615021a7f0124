import type { PiiDetector, Span } from "./pii-detectors.ts";

/** Length of an account number by country. Source: the SWIFT IBAN registry. */
const LENGTHS: ReadonlyMap<string, number> = new Map([
  ["AD", 24],
  ["AE", 23],
  ["AL", 28],
  ["AT", 20],
  ["AZ", 28],
  ["BA", 20],
  ["BE", 16],
  ["BG", 22],
  ["BH", 22],
  ["BR", 29],
  ["CH", 21],
  ["CR", 22],
  ["CY", 28],
  ["CZ", 24],
  ["DE", 22],
  ["DK", 18],
  ["DO", 28],
  ["EE", 20],
  ["EG", 29],
  ["ES", 24],
  ["FI", 18],
  ["FO", 18],
  ["FR", 27],
  ["GB", 22],
  ["GE", 22],
  ["GI", 23],
  ["GL", 18],
  ["GR", 27],
  ["GT", 28],
  ["HR", 21],
  ["HU", 28],
  ["IE", 22],
  ["IL", 23],
  ["IQ", 23],
  ["IS", 26],
  ["IT", 27],
  ["JO", 30],
  ["KW", 30],
  ["KZ", 20],
  ["LB", 28],
  ["LI", 21],
  ["LT", 20],
  ["LU", 20],
  ["LV", 21],
  ["MC", 27],
  ["MD", 24],
  ["ME", 22],
  ["MK", 19],
  ["MR", 27],
  ["MT", 31],
  ["MU", 30],
  ["NL", 18],
  ["NO", 15],
  ["PK", 24],
  ["PL", 28],
  ["PS", 29],
  ["PT", 25],
  ["QA", 29],
  ["RO", 24],
  ["RS", 22],
  ["SA", 24],
  ["SE", 24],
  ["SI", 19],
  ["SK", 24],
  ["SM", 27],
  ["TN", 24],
  ["TR", 26],
  ["UA", 29],
  ["VA", 22],
  ["XK", 20],
]);

/** International bank account numbers: the country's length and the check digits (ISO 13616), with or without spaces. */
export const findIbans: PiiDetector = (text) => {
  const spans: Span[] = [];
  for (const { index } of text.matchAll(/(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?= ?[A-Z0-9])/g)) {
    const end = endOfIban(text, index);
    if (end !== undefined) spans.push([index, end]);
  }
  return spans;
};

function endOfIban(text: string, start: number): number | undefined {
  const length = LENGTHS.get(text.slice(start, start + 2));
  if (length === undefined) return undefined;
  let compact = "";
  let position = start;
  while (compact.length < length) {
    if (text[position] === " " && compact.length % 4 === 0) position += 1;
    const character = text.charAt(position);
    if (!/^[A-Z0-9]$/.test(character)) return undefined;
    compact += character;
    position += 1;
  }
  return /^[A-Za-z0-9]/.test(text.slice(position, position + 1)) || !hasCheckDigits(compact) ? undefined : position;
}

/** ISO 7064 MOD 97-10: letters count from 10 on, the country and the check digits go to the end. */
function hasCheckDigits(iban: string): boolean {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
