import type { Journal, ModelMessage, Usage, UserMessage } from "../spec/index.ts";

/** The messages of a session as a run sees them: those of its journal, each frozen once and shared by reference. */
export interface History {
  /** Grows and changes with the journal only. */
  readonly messages: readonly ModelMessage[];
  /** Says something to the model: kept by the journal first; what that throws stops the run. */
  append(message: UserMessage): Promise<void>;
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

/** Characters of a token where nothing better is known: low, so that estimates are high. */
const CHARS_PER_TOKEN = 3;

/** Makes the history of a run. Each message is measured once, so that no turn walks over the whole of it. */
export function createHistory({ journal, overheadChars = 0 }: HistoryOptions): History {
  const { messages } = journal.state;
  let charsSinceCount = overheadChars;
  let counted = 0;
  let measured = 0;
  const measure = (): void => {
    // Fewer than before: it was made shorter, and what the provider counted does not hold any more.
    if (messages.length < measured) {
      measured = 0;
      counted = 0;
      charsSinceCount = overheadChars;
    }
    for (const message of messages.slice(measured)) charsSinceCount += sizeOf(message);
    measured = messages.length;
  };
  return {
    messages,
    append: async (message) => void (await journal.record({ type: "message-added", data: { message } })),
    estimateTokens() {
      measure();
      return counted + Math.ceil(charsSinceCount / CHARS_PER_TOKEN);
    },
    calibrate(usage) {
      measure();
      counted = usage.input;
      charsSinceCount = 0;
    },
  };
}

/** Roughly what an image or file of a request counts. */
const MEDIA_CHARS = 6000;

function sizeOf(message: ModelMessage): number {
  let size = 20;
  for (const part of message.content) {
    switch (part.type) {
      case "text":
      case "reasoning":
        size += part.text.length;
        break;
      case "tool-call":
        size += part.name.length + JSON.stringify(part.args ?? part.invalidArgs ?? "").length;
        break;
      case "tool-result":
        size += typeof part.content === "string" ? part.content.length : part.content.length * MEDIA_CHARS;
        break;
      case "image":
      case "file":
        size += MEDIA_CHARS;
        break;
      case "opaque":
        size += JSON.stringify(part.providerData).length;
        break;
      default:
        part satisfies never;
    }
  }
  return size;
}
