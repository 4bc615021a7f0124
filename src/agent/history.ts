import type { ModelMessage, Usage } from "../spec/index.ts";

/** The messages of a session: append-only, shared by reference, each frozen once. */
export interface History {
  readonly messages: readonly ModelMessage[];
  append(message: ModelMessage): Promise<void>;
  /** Tokens that a request with this history is likely to have. */
  estimateTokens(): number;
  /** Tells what the provider counted for the history as it was sent. */
  calibrate(usage: Usage): void;
}

/** Options of `createHistory`. */
export interface HistoryOptions {
  readonly messages?: readonly ModelMessage[];
  /** Keeps a message durably; what it throws stops the run. */
  readonly persist?: (message: ModelMessage) => Promise<void>;
  /** Characters of system prompt and tool definitions, which every request carries. */
  readonly overheadChars?: number;
}

/** Characters of a token where nothing better is known: low, so that estimates are high. */
const CHARS_PER_TOKEN = 3;

/** Makes a history. Sizes are summed up at append, so that no turn walks over the whole of it. */
export function createHistory({ messages = [], persist, overheadChars = 0 }: HistoryOptions = {}): History {
  const all: ModelMessage[] = [...messages];
  let charsSinceCount = overheadChars + all.reduce((sum, message) => sum + sizeOf(message), 0);
  let counted = 0;
  return {
    messages: all,
    async append(message) {
      const frozen = Object.freeze(message);
      await persist?.(frozen);
      all.push(frozen);
      charsSinceCount += sizeOf(frozen);
    },
    estimateTokens: () => counted + Math.ceil(charsSinceCount / CHARS_PER_TOKEN),
    calibrate(usage) {
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
