import type { FilterStream } from "../spec/index.ts";
import type { SecretFinder } from "./find-secrets.ts";
import { redactWith } from "./redact-secrets.ts";
import { holdKeyStart, isNearEnd, skipOpenSecret } from "./skip-rest.ts";
import { markOf, type SecretRange, type SecretRest } from "./text-range.ts";

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
  /** How a secret goes on that began in what was let go. */
  let open: SecretRest | undefined;

  /** Drops the rest of a secret that began earlier. Returns whether it has ended. */
  const skipOpen = (isEnd: boolean): boolean => {
    if (open === undefined) return true;
    const { end, next } = skipOpenSecret(pending, open);
    open = isEnd ? undefined : next;
    pending = pending.slice(open === undefined ? end : holdKeyStart(pending, end, open));
    return open === undefined;
  };

  const release = (isEnd: boolean): string => {
    if (!skipOpen(isEnd)) return "";
    const border = isEnd ? pending.length : findBorder(pending);
    if (border === 0) return "";
    const crossing = isEnd ? undefined : find(pending).find((range) => isCrossing(range, border, pending));
    // What stands before a secret and shows that it is one stays with it.
    const cut = crossing === undefined ? border : crossing.start < border ? crossing.start : crossing.from;
    const { text } = redactWith(find, pending.slice(0, cut));
    if (crossing === undefined || crossing.start >= border) {
      pending = pending.slice(cut);
      return text;
    }
    const { end, rest } = crossing;
    open = rest !== undefined && isNearEnd(pending, end, rest) ? rest : undefined;
    pending = pending.slice(open === undefined ? end : Math.max(crossing.start, holdKeyStart(pending, end, open)));
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

/** Whether a secret, or what shows that it is one, begins before the border and goes on behind it, or may do so. */
function isCrossing({ from, end, rest }: SecretRange, border: number, text: string): boolean {
  return from < border && (end > border || (rest === "key" && isNearEnd(text, end, rest)));
}
