/** Letters of other scripts that look like Latin ones, and what they look like. */
const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  [..."аaеeоoрpсcуyхxіiјjѕsһhԁdӏlВBЕEКKМMНHОOРPСCТTХXοoαaεeιiνvρpτtυuκk".matchAll(/(.)(.)/gu)].map(
    ([, foreign = "", latin = ""]) => [foreign, latin],
  ),
);
const FOREIGN = new RegExp(`[${[...LOOKALIKES.keys()].join("")}]`, "gu");
const LEET: ReadonlyMap<string, string> = new Map([
  ["0", "o"],
  ["1", "i"],
  ["3", "e"],
  ["4", "a"],
  ["5", "s"],
  ["7", "t"],
  ["@", "a"],
  ["$", "s"],
]);
/** A word in which digits stand for letters: letters on both sides of one. */
const LEET_WORD =
  /(?<![\w@$])(?=[\w@$]{0,30}[a-z][\w@$]{0,30})(?=[\w@$]{0,30}[013457@$])[a-z013457@$]{3,30}(?![\w@$])/gi;
/** Single letters with one sign between: "i g n o r e", "I.g.n.o.r.e". */
const SPACED = /(?<![A-Za-z])(?:[A-Za-z][ .\-_*]){4,200}[A-Za-z](?![A-Za-z])/g;
const BASE64 = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{32,4000}={0,2}(?![A-Za-z0-9+/=])/g;
/** "ignore", "disregard", "system" and "prompt" in ROT13. */
const ROT13 = /\b(?:vtaber|qvfertneq|flfgrz|cebzcg|vafgehpgvbaf?)\b/i;
const MAX_DECODED = 8000;

/** Another way to read a text, and how it was hidden. */
export interface UnfoldedText {
  readonly kind: "lookalikes" | "leet" | "spaced" | "base64" | "rot13";
  readonly text: string;
}

/** The readings of a text that its letters hide. Most texts have none. */
export function unfoldText(text: string): readonly UnfoldedText[] {
  const found: UnfoldedText[] = [];
  const add = (kind: UnfoldedText["kind"], unfolded: string): void => {
    if (unfolded !== text && unfolded !== "") found.push({ kind, text: unfolded });
  };
  if (/[A-Za-z]/.test(text))
    add(
      "lookalikes",
      text.replaceAll(FOREIGN, (letter) => LOOKALIKES.get(letter) ?? letter),
    );
  add(
    "leet",
    text.replaceAll(LEET_WORD, (word) => word.replaceAll(/[013457@$]/g, (sign) => LEET.get(sign) ?? sign)),
  );
  add(
    "spaced",
    text.replaceAll(SPACED, (letters) => letters.replaceAll(/(?<=[A-Za-z])[ .\-_*](?=[A-Za-z])/g, "")),
  );
  add("base64", decodeRuns(text));
  if (ROT13.test(text)) add("rot13", rotate(text));
  return found;
}

function decodeRuns(text: string): string {
  let decoded = "";
  for (const [run] of text.matchAll(BASE64)) {
    const plain = Buffer.from(run, "base64").toString("latin1");
    if (/^[\x20-\x7e\s]+$/.test(plain.slice(0, 200))) decoded += `${plain}\n`;
    if (decoded.length > MAX_DECODED) break;
  }
  return decoded.slice(0, MAX_DECODED);
}

function rotate(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => {
    const base = letter <= "Z" ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}
