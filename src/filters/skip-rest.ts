import { skipPrivateKey } from "./private-key.ts";
import type { SecretRest } from "./text-range.ts";

/** More characters than a line that ends a key, an escape or a joint of code has. */
const LONGEST_KEY_END = 160;

/** What secrets consist of, in pieces that no engine finds too long. */
const PIECES = { token: /[\w.+/=~%:-]{1,4096}/y, line: /[^\r\n"'\\]{1,4096}/y } as const;

/** Where the rest of a secret ends that goes on at `from`, and whether more of it may come with more text. */
export function skipRest(
  text: string,
  from: number,
  rest: SecretRest,
): { readonly end: number; readonly mayGoOn: boolean } {
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
