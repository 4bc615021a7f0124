import type { FilterStream } from "../spec/index.ts";
import { redactWith } from "./redact-secrets.ts";
import { isNearEnd, skipRest } from "./skip-rest.ts";
import { markOf, mergeRanges, type SecretFinder, type SecretRange, type SecretRest } from "./text-range.ts";

/** A line without an end is let go up to `HOLD` characters before its end once it has so many. */
const LONGEST_LINE = 8192;
const HOLD = 2048;
/** Characters that must come before the rest of an open secret is looked at again. */
const STEP = 256;

/** A secret at the beginning of what is pending; its mark was let go. */
interface OpenSecret {
  /** Up to here it was seen. */
  readonly end: number;
  /** How it may go on from there. */
  readonly rest: SecretRest | undefined;
}

/**
 * Redacts a stream. Whole lines are let go, since no secret but a private key goes over a line's end; of a line that
 * does not end the last characters are held back. A secret that is longer than what is held is dropped to its end.
 * Holds at most a line of `LONGEST_LINE` characters and the last chunk.
 */
export function openRedactionStream(find: SecretFinder): FilterStream {
  let pending = "";
  let open: OpenSecret | undefined;
  let checkAt = 0;

  /** Drops an open secret as far as it was seen. Returns whether it has ended. */
  const skipOpen = (isEnd: boolean): boolean => {
    if (open === undefined) return true;
    if (!isEnd && pending.length < checkAt) return false;
    const { end, rest } = growSecret(pending, open, find);
    // Another secret may have begun within this one: it is over when enough was seen of what follows.
    const isOver = rest === undefined && (pending.includes("\n", end) || pending.length - end >= HOLD);
    const dropped = isOver || isEnd ? end : Math.max(0, Math.min(end, pending.length - HOLD));
    pending = pending.slice(dropped);
    open = isOver || isEnd ? undefined : { end: end - dropped, rest };
    checkAt = pending.length + STEP;
    return open === undefined;
  };

  const release = (isEnd: boolean): string => {
    if (!skipOpen(isEnd)) return "";
    const border = isEnd ? pending.length : findBorder(pending);
    if (border === 0) return "";
    const crossing = isEnd ? undefined : find(pending).find((range) => isCrossing(range, border, pending));
    if (crossing === undefined || crossing.start >= border) {
      // What stands before a secret and shows that it is one stays with it.
      const cut = crossing === undefined ? border : crossing.from;
      const { text } = redactWith(find, pending.slice(0, cut));
      pending = pending.slice(cut);
      return text;
    }
    const { start, end, kind, rest } = crossing;
    const { text } = redactWith(find, pending.slice(0, start));
    pending = pending.slice(start);
    open = { end: end - start, rest };
    checkAt = 0;
    return text + markOf(kind) + release(false);
  };

  return {
    push(chunk) {
      pending += chunk;
      return release(false);
    },
    end: () => release(true),
  };
}

/** An open secret as far as it is seen now, and with it what began within it and goes on behind it. */
function growSecret(text: string, open: OpenSecret, find: SecretFinder): OpenSecret {
  const own = open.rest === undefined ? { end: open.end, mayGoOn: false } : skipRest(text, open.end, open.rest);
  const rest = own.mayGoOn ? open.rest : undefined;
  if (own.end === 0) return { end: 0, rest };
  const [joined] = mergeRanges([{ from: 0, start: 0, end: own.end, kind: "", rest }, ...find(text)]);
  const { end, rest: goesOn } = joined ?? { end: own.end, rest };
  return { end, rest: goesOn !== undefined && isNearEnd(text, end, goesOn) ? goesOn : undefined };
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
