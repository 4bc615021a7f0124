import type { SecretRange } from "./text-range.ts";

/** Kind of a private key block. */
const PRIVATE_KEY = "private_key";

const BEGIN = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g;

/**
 * A piece of what a key block consists of: a header of an encrypted key, base64, white space, a line end as JSON and
 * shells write it, or quotes, signs and indents of code that joins a key line by line, where base64 follows. Each piece
 * is bounded, so that no block is too long for the pattern.
 */
const PIECE =
  /(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): [^\r\n\\"]{0,200}|[A-Za-z0-9+/=]{1,4096}|\s{1,256}|\\[nrt]|["'+,\\\s]{1,16}(?=[A-Za-z0-9+/=]{16}|-----END)/y;

const END = /-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/y;

/** Adds the private key blocks of a text, headers included. A block without an end goes as far as it looks like one. */
export function findPrivateKeys(text: string, found: SecretRange[]): void {
  if (!text.includes("PRIVATE KEY")) return;
  const begin = new RegExp(BEGIN);
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const { end, isOpen } = skipPrivateKey(text, begin.lastIndex);
    found.push({ from: match.index, start: match.index, end, kind: PRIVATE_KEY, rest: isOpen ? "key" : undefined });
    begin.lastIndex = end;
  }
}

/** Goes on from inside a key block: to its end, or as far as the text looks like one. */
export function skipPrivateKey(text: string, from: number): { readonly end: number; readonly isOpen: boolean } {
  const piece = new RegExp(PIECE);
  let bodyEnd = from;
  piece.lastIndex = from;
  while (piece.test(text)) bodyEnd = piece.lastIndex;
  const end = new RegExp(END);
  end.lastIndex = bodyEnd;
  return end.test(text) ? { end: end.lastIndex, isOpen: false } : { end: bodyEnd, isOpen: true };
}
