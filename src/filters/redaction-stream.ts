import type { FilterStream } from "../spec/index.ts";
import type { SecretFinder } from "./find-secrets.ts";
import { LONGEST_KEY_END, PRIVATE_KEY, skipPrivateKey } from "./private-key.ts";
import { redactWith } from "./redact-secrets.ts";
import { skipToken } from "./skip-token.ts";
import { markOf, type SecretRange } from "./text-range.ts";

/** A line without an end is let go up to `HOLD` characters before its end once it has so many. */
const LONGEST_LINE = 8192;
const HOLD = 2048;

/**
 * Redacts a stream. Whole lines are let go, since no secret but a private key goes over a line's end; of a line that
 * does not end the last characters are held back. A secret that is longer than what is held is dropped to its end.
 * Holds at most `LONGEST_LINE` characters and the last chunk.
 */
export function openRedactionStream(find: SecretFinder): FilterStream {
  let pending = "";
  let open: "key" | "token" | undefined;

  /** Drops the rest of a secret that began earlier. Returns whether it has ended. */
  const skipOpen = (isEnd: boolean): boolean => {
    if (open === undefined) return true;
    const end = open === "key" ? skipPrivateKey(pending, 0) : { end: skipToken(pending, 0), isOpen: true };
    const mayGoOn = !isEnd && end.isOpen && end.end > pending.length - (open === "key" ? LONGEST_KEY_END : 1);
    pending = pending.slice(end.end);
    if (!mayGoOn) open = undefined;
    return !mayGoOn;
  };

  const release = (isEnd: boolean): string => {
    if (!skipOpen(isEnd)) return "";
    const border = isEnd ? pending.length : findBorder(pending);
    if (border === 0) return "";
    const crossing = isEnd ? undefined : find(pending).find((range) => isCrossing(range, border, pending.length));
    const { text } = redactWith(find, pending.slice(0, crossing === undefined ? border : crossing.start));
    if (crossing === undefined) {
      pending = pending.slice(border);
      return text;
    }
    if (crossing.kind === PRIVATE_KEY) open = crossing.isOpen === true ? "key" : undefined;
    else open = crossing.end === pending.length ? "token" : undefined;
    pending = pending.slice(crossing.end);
    return text + markOf(crossing.kind);
  };

  return {
    push(chunk) {
      pending += chunk;
      return release(false);
    },
    end: () => release(true),
  };
}

/** Up to where a text can be let go: behind its last line end, or as far as a long line is not needed any more. */
function findBorder(text: string): number {
  const lineStart = text.lastIndexOf("\n") + 1;
  if (text.length - lineStart <= LONGEST_LINE) return lineStart;
  const border = text.length - HOLD;
  const isLowSurrogate = (text.charCodeAt(border) & 0xfc00) === 0xdc00;
  return isLowSurrogate ? border - 1 : border;
}

/** Whether a secret that begins before the border goes on behind it, or may do so once more text comes. */
function isCrossing({ start, end, isOpen }: SecretRange, border: number, length: number): boolean {
  if (start >= border) return false;
  return end > border || (isOpen === true && end > length - LONGEST_KEY_END);
}
