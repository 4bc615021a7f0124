import type {
  AssistantMessage,
  ContentPart,
  FilePart,
  ImagePart,
  ModelMessage,
  ToolCallPart,
  ToolMessage,
  ToolResultPart,
} from "../../spec/index.ts";
import { asObject, formatArguments } from "../shared/index.ts";
import type { ChatDialect } from "./chat-dialect.ts";
import { refuseMedia, toMediaUrl } from "./media.ts";
import { toWireId } from "./tool-call-id.ts";

/** Whose history it will be. */
export interface ChatHistoryOptions {
  readonly provider: string;
  readonly model: string;
  readonly dialect: ChatDialect;
}

/**
 * The messages of Chat Completions for one history entry; none for an answer of which nothing may be replayed. Throws
 * a `ProviderError` for content that the server does not take.
 */
export function toChatMessages(message: ModelMessage, options: ChatHistoryOptions): readonly object[] {
  switch (message.role) {
    case "user":
      return message.content.length === 0 ? [] : [{ role: "user", content: toUserContent(message.content, options) }];
    case "assistant":
      return toAssistantMessages(message, options);
    case "tool":
      return toToolMessages(message, options);
    default:
      return message satisfies never;
  }
}

function toUserContent(content: readonly ContentPart[], options: ChatHistoryOptions): string | object[] {
  const [first] = content;
  // Some servers know plain text only, and all of them prefer it.
  if (content.length === 1 && first?.type === "text") return first.text;
  return content.map((part) => toUserPart(part, options));
}

function toUserPart(part: ContentPart, options: ChatHistoryOptions): object {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "image":
      return toImagePart(part, options);
    case "file":
      return toFilePart(part, options);
    default:
      return part satisfies never;
  }
}

function toImagePart(part: ImagePart, { provider, dialect }: ChatHistoryOptions): object {
  if (!dialect.images) throw refuseMedia(provider, "it holds an image, and this server takes none");
  return { type: "image_url", image_url: { url: toMediaUrl(part, provider) } };
}

function toFilePart(part: FilePart, { provider, dialect }: ChatHistoryOptions): object {
  if (!dialect.files) throw refuseMedia(provider, "it holds a file, and this server takes none");
  if (part.data === undefined && part.url !== undefined)
    throw refuseMedia(provider, "Chat Completions takes files as data, not by url");
  return { type: "file", file: { filename: part.filename ?? "file", file_data: toMediaUrl(part, provider) } };
}

function toAssistantMessages(message: AssistantMessage, options: ChatHistoryOptions): readonly object[] {
  let text = "";
  const calls: object[] = [];
  for (const part of message.content) {
    if (part.type === "text") text += part.text;
    if (part.type !== "tool-call") continue;
    const id = toWireId(part.id, options.dialect.toolCallIds);
    calls.push({ id, type: "function", function: { name: part.name, arguments: formatArguments(part) } });
  }
  const hasCalls = calls.length > 0;
  if (text === "" && !hasCalls) return [];
  return [
    {
      role: "assistant",
      content: text === "" ? null : text,
      ...toReasoningFields(message, { ...options, hasCalls }),
      ...(hasCalls ? { tool_calls: calls } : {}),
    },
  ];
}

/**
 * DeepSeek demands `reasoning_content`, empty or not, on every answer with tool calls and ignores it elsewhere
 * (https://api-docs.deepseek.com/guides/thinking_mode); OpenRouter takes `reasoning_details` back verbatim, valid for
 * the model that wrote them.
 */
function toReasoningFields(
  { content, model }: AssistantMessage,
  options: ChatHistoryOptions & { readonly hasCalls: boolean },
): object {
  const kind = options.dialect.replayReasoning;
  const isOwn = model.provider === options.provider;
  const reasoning = content.filter((part) => part.type === "reasoning");
  switch (kind) {
    case "none":
      return {};
    case "reasoning_content":
      if (!options.hasCalls) return {};
      return { reasoning_content: isOwn ? reasoning.map((part) => part.text).join("") : "" };
    case "reasoning_details": {
      if (!isOwn || model.id !== options.model) return {};
      const details = reasoning.flatMap((part) => asObject(part.providerData)?.["reasoning_details"] ?? []);
      return details.length === 0 ? {} : { reasoning_details: details };
    }
    default:
      return kind satisfies never;
  }
}

/** One message for each result; media that a tool message cannot hold follow in one user message after all of them. */
function toToolMessages({ content }: ToolMessage, options: ChatHistoryOptions): readonly object[] {
  const media: object[] = [];
  const results = content.map((result) => ({
    role: "tool",
    tool_call_id: toWireId(result.toolCallId, options.dialect.toolCallIds),
    content: toResultContent(result, media, options),
  }));
  return media.length === 0 ? results : [...results, { role: "user", content: media }];
}

/** Stands for the result of a call that was not carried out. */
export function toMissingMessage({ id }: ToolCallPart, { toolCallIds }: ChatDialect): object {
  return { role: "tool", tool_call_id: toWireId(id, toolCallIds), content: "Error: The call was not carried out." };
}

function toResultContent(result: ToolResultPart, media: object[], options: ChatHistoryOptions): string | object[] {
  const { content } = result;
  const prefix = result.isError ? "Error: " : "";
  if (typeof content === "string") return prefix + content;
  if (options.dialect.imagesInToolResults) {
    const parts = content.map((part) => toUserPart(part, options));
    return result.isError ? [{ type: "text", text: prefix }, ...parts] : parts;
  }
  const attached = content.filter((part) => part.type !== "text");
  const texts = content.flatMap((part) => (part.type === "text" ? part.text : []));
  if (attached.length > 0) {
    texts.push("(what the tool returned besides text follows below)");
    media.push({ type: "text", text: `Returned by the tool ${result.name}:` });
    media.push(...attached.map((part) => toUserPart(part, options)));
  }
  return prefix + texts.join("\n");
}
