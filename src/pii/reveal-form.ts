/** A text in the form in which patterns look at it, and the way back. */
export interface RevealedForm {
  readonly text: string;
  /** Where a place in `text` was in the original. */
  toOriginal(index: number): number;
}

/**
 * What may hide a character: escapes of JSON and JavaScript (also within JSON within JSON), of URLs and of HTML, colours of
 * terminals, and every character beyond ASCII (full-width digits, those of other scripts, dashes and spaces of other
 * kinds, letters that nobody sees).
 */
const HIDDEN =
  /\\{1,8}(?:u[0-9a-f]{4}|u\{0{0,4}[0-9a-f]{2,5}\}|x[0-9a-f]{2}|[nrt])|%(?:25){0,3}[c-f][0-9a-f](?:%(?:25){0,3}[89ab][0-9a-f]){1,3}|%(?:25){0,3}[2-7][0-9a-f]|&(?:#0{0,8}\d{2,7}|#x0{0,8}[0-9a-f]{2,5}|[a-z]{2,16});|\u001b\[[\d;]{0,32}[a-z]|\udb40[\udc00-\udc7f]|[\ud800-\udbff][\udc00-\udfff]|[^\0-\x7f]/gi;
const ANY = /[\\%&][\w#\\]|[^\0-\x1a\x1c-\x7f]/;

const NAMED: ReadonlyMap<string, string> = new Map([
  ["&commat;", "@"],
  ["&period;", "."],
  ["&lowbar;", "_"],
  ["&plus;", "+"],
  ["&num;", "#"],
  ["&colon;", ":"],
  ["&equals;", "="],
  ["&lpar;", "("],
  ["&rpar;", ")"],
  ...["&hyphen;", "&dash;", "&ndash;", "&mdash;", "&minus;"].map((name) => [name, "-"] as const),
  ...["&nbsp;", "&ensp;", "&emsp;", "&thinsp;", "&numsp;"].map((name) => [name, " "] as const),
  ...["&shy;", "&zwnj;", "&zwj;", "&zerowidthspace;", "&lrm;", "&rlm;"].map((name) => [name, ""] as const),
]);

/** Characters that take no place: between the digits of a number they change nothing for people. */
const INVISIBLE = /^(?:[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]|\u034f|[\ufe00-\ufe0f])$/;
const DASH = /^[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]$/;

/** Brings a text into its plain form: escapes undone, NFKC character by character, dashes and spaces of one kind. */
export function revealForm(text: string): RevealedForm {
  if (!ANY.test(text)) return { text, toOriginal: (index) => index };
  let revealed = "";
  let copied = 0;
  /** Behind each change: its place in the revealed text, and what to add to get to the original. */
  const places: number[] = [];
  const shifts: number[] = [];
  for (const { 0: hidden, index } of text.matchAll(HIDDEN)) {
    const plain = plainOf(hidden);
    if (plain === hidden) continue;
    revealed += text.slice(copied, index) + plain;
    copied = index + hidden.length;
    places.push(revealed.length);
    shifts.push(copied - revealed.length);
  }
  if (places.length === 0) return { text, toOriginal: (index) => index };
  revealed += text.slice(copied);
  return { text: revealed, toOriginal: (index) => index + shiftAt(places, shifts, index) };
}

function plainOf(hidden: string): string {
  const [first = ""] = hidden;
  if (first === "\\") return plainOfEscape(hidden);
  if (first === "%") return plainOfPercents(hidden);
  if (first === "&") return NAMED.get(hidden.toLowerCase()) ?? plainOfEntity(hidden);
  if (first === "\u001b" || first.startsWith("\udb40") || INVISIBLE.test(hidden)) return "";
  if (DASH.test(hidden)) return "-";
  const normal = hidden.normalize("NFKC");
  return /^\p{Nd}$/u.test(normal) ? digitOf(normal) : normal;
}

/** A digit of any script: each has ten of them in a row, and none follows the row of another without a gap of its own. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value);
}

/** An escape of one character that a URL holds: its bytes in UTF-8. */
function plainOfPercents(escape: string): string {
  const bytes = Buffer.from(escape.replaceAll(/%(?:25)*/g, ""), "hex").toString();
  return bytes > "\u007f" ? plainOf(bytes) : bytes;
}

function plainOfEscape(escape: string): string {
  const code = /[\da-f]{2,}/i.exec(escape)?.[0];
  // A line's end is one however it is written: what stands behind it begins anew.
  if (code === undefined) return "\n";
  const character = String.fromCodePoint(Number.parseInt(code, 16));
  return character > "\u007f" ? plainOf(character) : character;
}

function plainOfEntity(entity: string): string {
  if (entity[1] !== "#") return entity;
  const isHex = entity[2] === "x" || entity[2] === "X";
  const code = Number.parseInt(entity.slice(isHex ? 3 : 2, -1), isHex ? 16 : 10);
  if (code > 0x10_ffff) return entity;
  const character = String.fromCodePoint(code);
  return character > "\u007f" ? plainOf(character) : character;
}

/** The shift of the last change at or before a place. */
function shiftAt(places: readonly number[], shifts: readonly number[], index: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : (shifts[low - 1] ?? 0);
}
