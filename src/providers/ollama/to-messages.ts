import type { AssistantMessage, ContentPart, ModelMessage, ToolResultPart } from "../../spec/index.ts";
import { asObject } from "../shared/index.ts";
import { readContent } from "./read-content.ts";
import { PROVIDER } from "./provider.ts";

/** A message as the API takes it; the package has no field for ids of calls, the API does. */
export interface WireMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
  readonly thinking?: string;
  /** The package puts base64 text in the place of the bytes, so a message is sent once only. */
  images?: Uint8Array[];
  readonly tool_calls?: WireToolCall[];
  readonly tool_call_id?: string;
  readonly tool_name?: string;
}

/** A call as the API takes it. */
export interface WireToolCall {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: Record<string, unknown> };
}

/** The wire form of an entry of the history. Throws a `ProviderError` for content that cannot be sent. */
export function toMessages(message: ModelMessage, modelId: string): readonly WireMessage[] {
  switch (message.role) {
    case "user":
      return [toInput("user", message.content)];
    case "assistant":
      return toAnswer(message, modelId);
    case "tool":
      return message.content.map(toResult);
    default:
      return message satisfies never;
  }
}

function toInput(role: "user" | "tool", content: string | readonly ContentPart[]): WireMessage {
  if (typeof content === "string") return { role, content };
  const { text, images } = readContent(content);
  return { role, content: text, ...(images.length > 0 && { images }) };
}

function toAnswer({ content, model }: AssistantMessage, modelId: string): readonly WireMessage[] {
  const isSame = model.provider === PROVIDER && model.id === modelId;
  const join = (type: "text" | "reasoning"): string =>
    content.map((part) => (part.type === type ? part.text : "")).join("");
  const thinking = isSame ? join("reasoning") : "";
  const calls = content.flatMap((part): WireToolCall[] => {
    if (part.type !== "tool-call") return [];
    const args = asObject(part.args) ?? { invalid_arguments: part.invalidArgs ?? "" };
    return [{ id: part.id, function: { name: part.name, arguments: { ...args } } }];
  });
  const text = join("text");
  if (text === "" && thinking === "" && calls.length === 0) return [];
  return [
    {
      role: "assistant",
      content: text,
      ...(thinking !== "" && { thinking }),
      ...(calls.length > 0 && { tool_calls: calls }),
    },
  ];
}

function toResult({ toolCallId, name, content }: ToolResultPart): WireMessage {
  return { ...toInput("tool", content), tool_call_id: toolCallId, tool_name: name };
}
