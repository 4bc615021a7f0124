import { readFileSync } from "node:fs";

/** Reads a corpus: a JSON value a line. */
export function readCorpus<Row>(name: string): readonly Row[] {
  const text = readFileSync(new URL(name, import.meta.url), "utf8");
  // The caller names the shape of the file; a line that is no JSON throws.
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
}

const ALPHABETS: Readonly<Record<string, string>> = {
  alnum: "aZ3bY7cX1dW9eV5fU2gT8hS4iR6jQ0kPmNlLoKnHpGqFrEsDtCuBvAw",
  alpha: "aZbYcXdWeVfUgThSiRjQkPmNlLoKnHpGqFrEsDtCuBvAw",
  lower: "a3b7c1d9e5f2g8h4i6j0kmnpqrstuvwxyz",
  upper: "A3B7C2D4E5F6G2H7IJKLMNPQRSTUVWXYZ",
  hex: "0f1e2d3c4b5a6978",
  digit: "3141592653589793",
  b64: "aZ3bY7cX1dW9eV5fU2gT8hS4iR6jQ0kPmN/l+LoKnHpGqFrEsDtCuBvAw",
  bech: "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
};

/**
 * Fills the gaps of a sample, so that no file of this repository looks like a leak: `<alnum:36>` and the like become
 * characters that look random and are the same each time, `<uuid>` an id, `<b64of:…>` the base64 of what is inside.
 */
export function fillSample(text: string): string {
  let count = 0;
  const filled = text.replaceAll(
    /<(alnum|alpha|lower|upper|hex|digit|b64|bech):(\d+)>/g,
    (_gap, name: string, length: string) => noise(ALPHABETS[name] ?? "", Number(length), (count += 1)),
  );
  return filled
    .replaceAll("<uuid>", () => {
      const hex = noise(ALPHABETS["hex"] ?? "", 32, (count += 1));
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
    })
    .replaceAll(/<b64of:([^>]*)>/g, (_gap, inner: string) => Buffer.from(inner).toString("base64"));
}

/** A generator of Park and Miller: the same numbers on every system. */
function noise(alphabet: string, length: number, seed: number): string {
  let state = seed * 7919 + length;
  let text = "";
  for (let index = 0; index < length; index += 1) {
    state = (state * 48_271) % 2_147_483_647;
    text += alphabet.charAt((state >> 4) % alphabet.length);
  }
  return text;
}

/** A text in which what must be found stands between ⟦ and ⟧. */
export function readMarked(marked: string): { readonly text: string; readonly secrets: readonly string[] } {
  const filled = fillSample(marked);
  const secrets = [...filled.matchAll(/⟦([^⟧]*)⟧/g)].map(([, secret = ""]) => secret);
  return { text: filled.replaceAll(/[⟦⟧]/g, ""), secrets };
}
