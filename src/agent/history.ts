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
export function createHistory(options: HistoryOptions): History {
  return new JournalHistory(options);
}

class JournalHistory implements History {
  readonly messages: readonly ModelMessage[];
  readonly #journal: HistoryOptions["journal"];
  readonly #overheadChars: number;
  #measured = 0;
  #bytesSinceCount: number;
  #counted = 0;
  #bytesCounted = 0;
  #bytesPerToken = BYTES_PER_TOKEN;

  constructor({ journal, overheadChars = 0 }: HistoryOptions) {
    this.messages = journal.state.messages;
    this.#journal = journal;
    this.#overheadChars = overheadChars;
    this.#bytesSinceCount = overheadChars;
  }

  async append(message: UserMessage): Promise<void> {
    await this.#journal.record({ type: "message-added", data: { message } });
  }

  async edit({ from, to, replacement, summary, tokensBefore }: Parameters<History["edit"]>[0]): Promise<number> {
    const changed = sizeOfMessages(replacement) - sizeOfMessages(this.messages.slice(from, to));
    const tokensAfter = Math.max(0, this.estimateTokens() + Math.ceil(changed / this.#bytesPerToken));
    const data = { from, to, replacement, summary, tokensBefore, tokensAfter };
    await this.#journal.record({ type: "history-compacted", data }, { durable: true });
    this.#forget();
    return this.estimateTokens();
  }

  estimateTokens(): number {
    this.#measure();
    // After an edit all of it is estimated: then as this provider counted before.
    const bytesPerToken = this.#counted > 0 ? BYTES_PER_TOKEN : this.#bytesPerToken;
    return this.#counted + Math.ceil(this.#bytesSinceCount / bytesPerToken);
  }

  calibrate(usage: Usage): void {
    this.#measure();
    this.#bytesCounted += this.#bytesSinceCount;
    if (usage.input > 0) {
      this.#bytesPerToken = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, this.#bytesCounted / usage.input));
    }
    this.#counted = usage.input;
    this.#bytesSinceCount = 0;
  }

  #measure(): void {
    const { messages } = this;
    // Fewer than before: it was made shorter by somebody else.
    if (messages.length < this.#measured) this.#forget();
    for (; this.#measured < messages.length; this.#measured += 1) {
      const message = messages[this.#measured];
      if (message !== undefined) this.#bytesSinceCount += sizeOfMessage(message);
    }
  }

  /** What the provider counted does not hold any more; how it counts is known all the same. */
  #forget(): void {
    this.#measured = 0;
    this.#counted = 0;
    this.#bytesCounted = 0;
    this.#bytesSinceCount = this.#overheadChars;
  }
}
