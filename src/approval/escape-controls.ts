/** What is not seen as it is: control, direction and width-less characters, spaces that are none of the usual ones. */
const UNSEEN =
  // eslint-disable-next-line no-control-regex -- these are the characters that must be shown
  /[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u00ad\u061c\u115f\u1160\u1680\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufeff\uffa0\ufff9-\ufffb]|[\ufe00-\ufe0e]|(?<![\p{Extended_Pictographic}#*0-9])\ufe0f|[\u{e0000}-\u{e0fff}]|\u034f/gu;

/** A letter with so many marks upon it covers what stands around it. */
const PILED_MARKS = /(\p{Mark}{2})\p{Mark}+/gu;
const WORD = /[\p{L}\p{N}_]+/gu;
/** Letters of other scripts that look like Latin ones. */
const LIKE_LATIN = /^[аеорсухіјѕһԁԛԝӏАВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαντυԚԜᎪᏴᏟᎠᎬᎻᏂᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃ]+$/u;
const OTHER_SCRIPT = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}]/u;
const LATIN = /[A-Za-z]/;
const BEYOND_ASCII = /[^\0-\u007f]/;

/**
 * Makes visible what would deceive the person who decides: control characters (they can overwrite what the terminal
 * shows), direction marks, characters without width, piles of marks, and letters that only look like others (`сurl` with
 * a Cyrillic letter). Line breaks stay, indented; many empty lines or spaces in a row are told, so that nothing is
 * pushed out of sight. Nothing is left out.
 */
export function escapeControls(text: string): string {
  const visible = text
    .replace(/(?:\r?\n[ \t]*){8,}/g, (gap) => `\n[… ${gap.split("\n").length - 1} empty lines …]\n`)
    .replace(/ {40,}/g, (gap) => `[… ${gap.length} spaces …]`)
    .replace(UNSEEN, (found) => (found === "\r" ? found : nameOf(found)))
    .replace(PILED_MARKS, (found) => [...found].map(nameOf).join(""));
  const escaped = BEYOND_ASCII.test(visible) ? visible.replace(WORD, showWord) : visible;
  return escaped.replace(/\r?\n/g, "\n    ").replaceAll("\r", nameOf("\r"));
}

/** A word that could be taken for another one, with its deceiving letters named. */
function showWord(word: string): string {
  if (!BEYOND_ASCII.test(word)) return word;
  const isMixed = LATIN.test(word) && OTHER_SCRIPT.test(word);
  if (isMixed || LIKE_LATIN.test(word))
    return word.replace(/[^\0-\u007f]/gu, (letter) => (OTHER_SCRIPT.test(letter) ? nameOf(letter) : letter));
  // Full-width, mathematical and circled letters, ligatures: a program may read them as plain ones.
  return word.replace(/[^\0-\u00ff]/gu, (letter) => {
    const plain = letter.normalize("NFKC");
    return plain !== letter && /^[\0-\u007f]+$/.test(plain) ? nameOf(letter) : letter;
  });
}

function nameOf(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
