import type { HistoryEdit } from "../context/index.ts";
// The file itself: what shortens a history is loaded when one is shortened.
import { sizeOfMessage, sizeOfMessages } from "../context/message-size.ts";
import type { Journal, ModelMessage, Usage, UserMessage } from "../spec/index.ts";

/** The messages of a session as a run sees them: those of its journal, each frozen once and shared by reference. */
export interface History {
  /** Grows and changes with the journal only. */
  readonly messages: readonly ModelMessage[];
  /** Says something to the model: kept by the journal first; what that throws stops the run. */
  append(message: UserMessage): Promise<void>;
  /**
   * Replaces messages, which the journal keeps: it can be undone. Returns the tokens that a request is likely to have
   * then. Only at the border of a turn.
   */
  edit(edit: HistoryEdit & { readonly summary: string; readonly tokensBefore: number }): Promise<number>;
  /** Tokens that a request with this history is likely to have. */
  estimateTokens(): number;
  /** Tells what the provider counted for the history as it was sent. */
  calibrate(usage: Usage): void;
}

/** Options of `createHistory`. */
export interface HistoryOptions {
  readonly journal: Pick<Journal, "state" | "record">;
  /** Characters of system prompt and tool definitions, which every request carries. */
  readonly overheadChars?: number;
}

/** Bytes of a token where nothing better is known: low, so that estimates are high. */
const BYTES_PER_TOKEN = 3;
/** What a provider's count may say of it: whatever it is, an estimate must not be wild. */
const LEAST_BYTES = 1.5;
const MOST_BYTES = 4.5;

/** Makes the history of a run. Each message is measured once, so that no turn walks over the whole of it. */
export function createHistory({ journal, overheadChars = 0 }: HistoryOptions): History {
  const { messages } = journal.state;
  let bytesSinceCount = overheadChars;
  let bytesCounted = 0;
  let counted = 0;
  let measured = 0;
  let bytesPerToken = BYTES_PER_TOKEN;
  /** What the provider counted does not hold any more; how it counts is known all the same. */
  const forget = (): void => {
    measured = 0;
    counted = 0;
    bytesCounted = 0;
    bytesSinceCount = overheadChars;
  };
  const measure = (): void => {
    // Fewer than before: it was made shorter by somebody else.
    if (messages.length < measured) forget();
    for (; measured < messages.length; measured += 1) {
      const message = messages[measured];
      if (message !== undefined) bytesSinceCount += sizeOfMessage(message);
    }
  };
  const estimate = (): number => {
    measure();
    // After an edit all of it is estimated: then as this provider counted before.
    return counted + Math.ceil(bytesSinceCount / (counted > 0 ? BYTES_PER_TOKEN : bytesPerToken));
  };
  return {
    messages,
    append: async (message) => void (await journal.record({ type: "message-added", data: { message } })),
    async edit({ from, to, replacement, summary, tokensBefore }) {
      const changed = sizeOfMessages(replacement) - sizeOfMessages(messages.slice(from, to));
      const tokensAfter = Math.max(0, estimate() + Math.ceil(changed / bytesPerToken));
      const data = { from, to, replacement, summary, tokensBefore, tokensAfter };
      await journal.record({ type: "history-compacted", data }, { durable: true });
      forget();
      return estimate();
    },
    estimateTokens: estimate,
    calibrate(usage) {
      measure();
      bytesCounted += bytesSinceCount;
      if (usage.input > 0) bytesPerToken = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, bytesCounted / usage.input));
      counted = usage.input;
      bytesSinceCount = 0;
    },
  };
}
