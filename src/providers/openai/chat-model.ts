import type { Model, ModelInfo } from "../../spec/index.ts";
import { streamAnswer } from "../shared/index.ts";
import type { ChatDialect } from "./chat-dialect.ts";
import { createChatFold } from "./chat-fold.ts";
import { toChatMessages, toMissingMessage } from "./chat-history.ts";
import { toChatSettings, toChatTool, toSystemMessage } from "./chat-request.ts";
import type { WireOpener } from "./client.ts";
import { createBodyWriter } from "./request-body.ts";

/** What a model behind the Chat Completions API is made of. */
export interface ChatModelOptions {
  readonly provider: string;
  readonly id: string;
  /** The name under which the server knows the model. @default the id */
  readonly wireModel?: string;
  readonly info: ModelInfo | undefined;
  readonly dialect: ChatDialect;
  readonly maxOutputTokens: number | undefined;
  readonly wire: WireOpener;
}

/** Stands between a tool's result and a user's message, for servers that demand an assistant's word there. */
const BRIDGE = { role: "assistant", content: "Understood." };

/** A `Model` over Chat Completions, of OpenAI or of any server that speaks it. */
export function createChatModel(options: ChatModelOptions): Model {
  const { provider, id, wireModel = id, info, dialect, maxOutputTokens } = options;
  const wire = options.wire("/chat/completions");
  const writer = createBodyWriter({
    historyKey: "messages",
    toWire: (message) => toChatMessages(message, { provider, model: id, dialect }),
    toolToWire: (tool) => toChatTool(tool, dialect),
    toMissingResult: (call) => toMissingMessage(call, dialect),
    ...(dialect.assistantAfterTool ? { bridge: BRIDGE } : {}),
  });
  return {
    provider,
    id,
    ...(info === undefined ? {} : { info }),
    stream: (request, call) =>
      streamAnswer({
        provider,
        prepare: () => wire.open(),
        send: () => {
          const body = writer.write({
            settings: toChatSettings(request, {
              model: wireModel,
              dialect,
              maxOutputTokens,
              sessionId: call.sessionId,
            }),
            tools: request.tools,
            first: toSystemMessage(request, dialect),
            history: request.messages,
          });
          return wire.send([body], call);
        },
        fold: createChatFold({ provider, id }),
        signal: call.signal,
      }),
  };
}
