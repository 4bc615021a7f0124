import type { ModelMessage, ModelRequest } from "../../spec/index.ts";
import { HistoryWriter } from "./history-writer.ts";
import type { AnthropicOptions } from "./options.ts";
import { createOutputConfig } from "./output-config.ts";
import { createPreambleWriter, type Preamble } from "./preamble.ts";
import { toSettings } from "./request-settings.ts";
import { stringify } from "../shared/index.ts";

/** Writes the bodies of requests. */
export interface RequestWriter {
  /** Loads what a request needs; `undefined` when everything is there. */
  prepare(request: ModelRequest): Promise<void> | undefined;
  /** The JSON of a request, in pieces that never change. Throws a `ProviderError` for content that the API does not take. */
  write(request: ModelRequest): readonly Uint8Array[];
}

/** What is kept of a conversation. */
interface Conversation {
  readonly history: HistoryWriter;
  preamble: Preamble | undefined;
}

/**
 * Makes a writer that remembers the wire form of each conversation for as long as its first message lives: a turn costs
 * the writing of what is new.
 */
export function createRequestWriter(options: AnthropicOptions): RequestWriter {
  const conversations = new WeakMap<ModelMessage, Conversation>();
  const outputConfig = createOutputConfig();
  const mark = toMark(options.promptCache ?? "5m");
  const markBytes = mark === "" ? undefined : Buffer.from(mark);
  const writePreamble = createPreambleWriter({ mark, extraBody: options.extraBody });

  const findConversation = (messages: readonly ModelMessage[]): Conversation => {
    const [first] = messages;
    const known = first === undefined ? undefined : conversations.get(first);
    if (known?.history.extend(messages) === true) return known;
    const conversation = { history: new HistoryWriter(options.model), preamble: known?.preamble };
    if (first !== undefined) conversations.set(first, conversation);
    conversation.history.extend(messages);
    return conversation;
  };

  return {
    prepare: (request) => outputConfig.prepare(request),
    write(request) {
      const { messages, tools, system } = request;
      const conversation = findConversation(messages);
      const settings = stringify(toSettings(request, options, outputConfig.read(request)));
      conversation.preamble = writePreamble({ settings, tools, system }, conversation.preamble);
      return [conversation.preamble.bytes, ...conversation.history.pieces(markBytes), END];
    },
  };
}

const END = Buffer.from("}");

function toMark(promptCache: "5m" | "1h" | "off"): string {
  if (promptCache === "off") return "";
  const control = promptCache === "1h" ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" };
  return `,"cache_control":${JSON.stringify(control)}`;
}
