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

  /** Drops an open secret as far as it was seen. Gives what is shown of what follows, when words within it show it to be secret. */
  const skipOpen = (isEnd: boolean): string => {
    let shown = "";
    while (open !== undefined && (isEnd || pending.length >= checkAt)) {
      const { end, rest, followers } = growSecret(pending, open, find);
      // Another secret may have begun within this one: it is over when enough was seen of what follows.
      const isOver = rest === undefined && (pending.includes("\n", end) || pending.length - end >= HOLD);
      const last = followers.at(-1);
      if (!isOver && !isEnd) {
        const dropped = Math.max(0, Math.min(end, pending.length - HOLD));
        pending = pending.slice(dropped);
        open = { end: end - dropped, rest };
        checkAt = pending.length + STEP;
      } else if (last === undefined) {
        pending = pending.slice(end);
        open = undefined;
      } else {
        shown += showBetween(pending, end, followers);
        pending = pending.slice(last.start);
        open = { end: last.end - last.start, rest: last.rest };
        checkAt = 0;
      }
    }
    return shown;
  };

  const release = (isEnd: boolean): string => {
    const shown = skipOpen(isEnd);
    if (open !== undefined) return shown;
    const border = isEnd ? pending.length : findBorder(pending);
    if (border === 0) return shown;
    const crossing = isEnd ? undefined : find(pending).find((range) => isCrossing(range, border, pending));
    if (crossing === undefined || crossing.start >= border) {
      // What stands before a secret and shows that it is one stays with it.
      const cut = crossing === undefined ? border : crossing.from;
      const { text } = redactWith(find, pending.slice(0, cut));
      pending = pending.slice(cut);
      return shown + text;
    }
    const { start, end, kind, rest } = crossing;
    const { text } = redactWith(find, pending.slice(0, start));
    pending = pending.slice(start);
    open = { end: end - start, rest };
    checkAt = 0;
    return shown + text + markOf(kind) + release(false);
  };

  return {
    push(chunk) {
      pending += chunk;
      return release(false);
    },
    end: () => release(true),
  };
}

interface GrownSecret extends OpenSecret {
  /** Secrets behind it up to the last one that is known to be one by words within it, such as `token = ` in a cookie's line. */
  readonly followers: readonly SecretRange[];
}

/** An open secret as far as it is seen now, and with it what began within it and goes on behind it. */
function growSecret(text: string, open: OpenSecret, find: SecretFinder): GrownSecret {
  const own = open.rest === undefined ? { end: open.end, mayGoOn: false } : skipRest(text, open.end, open.rest);
  const ownRest = own.mayGoOn ? open.rest : undefined;
  if (own.end === 0) return { end: 0, rest: ownRest, followers: [] };
  const [joined, ...behind] = mergeRanges([
    { from: 0, start: 0, end: own.end, kind: "", rest: ownRest },
    ...find(text),
  ]);
  const { end, rest } = joined ?? { end: own.end, rest: ownRest };
  const followers = behind.slice(0, behind.findLastIndex(({ from }) => from < end) + 1);
  return { end, rest: rest !== undefined && isNearEnd(text, end, rest) ? rest : undefined, followers };
}

/** What is shown from `from` up to the last of some secrets, that one's mark included. */
function showBetween(text: string, from: number, secrets: readonly SecretRange[]): string {
  let [shown, position] = ["", from];
  for (const { start, end, kind } of secrets) {
    shown += text.slice(position, start) + markOf(kind);
    position = end;
  }
  return shown;
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
