import { findPrivateKeys, skipPrivateKey } from "./private-key.ts";
import type { SecretRange, SecretRest } from "./text-range.ts";

/** More characters than a line that begins or ends a key, an escape or a joint of code has. */
const LONGEST_KEY_END = 160;

/** What secrets consist of, in pieces that no engine finds too long. */
const PIECES = { token: /[\w.+/=~%:-]{1,4096}/y, line: /[^\r\n"'\\]{1,4096}/y } as const;

/** Where the rest of a secret ends that goes on at `from`, and whether more of it may come with more text. */
export function skipRest(text: string, from: number, rest: SecretRest): { readonly end: number; readonly mayGoOn: boolean } {
  if (rest === "key") {
    const { end, isOpen } = skipPrivateKey(text, from);
    return { end, mayGoOn: isOpen && isNearEnd(text, end, rest) };
  }
  const piece = new RegExp(PIECES[rest]);
  let end = from;
  piece.lastIndex = from;
  while (piece.test(text)) end = piece.lastIndex;
  return { end, mayGoOn: isNearEnd(text, end, rest) };
}

/** Whether a secret that was seen up to `end` may go on with what comes behind the text. */
export function isNearEnd(text: string, end: number, rest: SecretRest): boolean {
  return rest === "key" ? end > text.length - LONGEST_KEY_END : end === text.length;
}

/**
 * Skips the rest of a secret at the beginning of a text. A private key that begins within it is skipped, too. `next`
 * tells how the secret may go on behind the text.
 */
export function skipOpenSecret(text: string, rest: SecretRest): { readonly end: number; readonly next: SecretRest | undefined } {
  const { end, mayGoOn } = skipRest(text, 0, rest);
  const keys: SecretRange[] = [];
  if (rest !== "key") findPrivateKeys(text, keys);
  const key = keys.find((each) => each.start < end && each.end > end);
  if (key === undefined) return { end, next: mayGoOn ? rest : undefined };
  const isOpen = key.rest === "key" && isNearEnd(text, key.end, "key");
  return { end: key.end, next: isOpen ? "key" : undefined };
}

/** Up to where a secret can be dropped that may go on: its last characters could be a private key's first line. */
export function holdKeyStart(text: string, end: number, rest: SecretRest): number {
  if (rest === "key") return end;
  const dashes = text.indexOf("-", Math.max(0, end - LONGEST_KEY_END));
  return dashes === -1 ? end : Math.min(dashes, end);
}
