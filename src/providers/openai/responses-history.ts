import type {
  AssistantMessage,
  AssistantPart,
  AssistantTextPart,
  ContentPart,
  FilePart,
  ModelMessage,
  ToolCallPart,
  ToolResultPart,
} from "../../spec/index.ts";
import { asObject, asString, formatArguments, type WireObject } from "../shared/index.ts";
import { refuseMedia, toMediaUrl } from "./media.ts";
import { toWireId } from "./tool-call-id.ts";

/**
 * The input items of the Responses API for one history entry. Answers of the same provider are replayed with their
 * reasoning, item ids, phases and foreign items; of other providers only text and tool calls remain.
 */
export function toResponsesItems(message: ModelMessage, provider: string): readonly object[] {
  switch (message.role) {
    case "user":
      return message.content.length === 0 ? [] : [{ role: "user", content: toInputParts(message.content, provider) }];
    case "assistant":
      return toAssistantItems(message, provider);
    case "tool":
      return message.content.map((result) => toOutputItem(result, provider));
    default:
      return message satisfies never;
  }
}

function toInputParts(content: readonly ContentPart[], provider: string): object[] {
  return content.map((part) => {
    switch (part.type) {
      case "text":
        return { type: "input_text", text: part.text };
      case "image":
        return { type: "input_image", detail: "auto", image_url: toMediaUrl(part, provider) };
      case "file":
        return toInputFile(part, provider);
      default:
        return part satisfies never;
    }
  });
}

function toInputFile(part: FilePart, provider: string): object {
  if (part.data !== undefined && part.data.length > 0) {
    return { type: "input_file", filename: part.filename ?? "file", file_data: toMediaUrl(part, provider) };
  }
  if (part.url === undefined) throw refuseMedia(provider, "the file has neither data nor url");
  return { type: "input_file", file_url: part.url };
}

function toOutputItem(result: ToolResultPart, provider: string): object {
  const { content, isError } = result;
  const prefix = isError ? "Error: " : "";
  const call_id = toWireId(result.toolCallId, "openai");
  if (typeof content === "string") return { type: "function_call_output", call_id, output: prefix + content };
  const output = toInputParts(content, provider);
  return {
    type: "function_call_output",
    call_id,
    output: isError ? [{ type: "input_text", text: prefix }, ...output] : output,
  };
}

/** Stands for the result of a call that was not carried out. */
export function toMissingOutput({ id }: ToolCallPart): object {
  const call_id = toWireId(id, "openai");
  return { type: "function_call_output", call_id, output: "Error: The call was not carried out." };
}

/**
 * Nothing is stored at OpenAI, so a reasoning item without its encrypted content cannot be replayed; the ids of its
 * answer would then point to what is missing and are left out too.
 */
function toAssistantItems({ content, model }: AssistantMessage, provider: string): object[] {
  const isOwn = model.provider === provider;
  const hasIds = isOwn && content.every((part) => part.type !== "reasoning" || readReasoningItem(part) !== undefined);
  const items: object[] = [];
  let open: { readonly id: string | undefined; readonly content: object[] } | undefined;
  for (const part of content) {
    if (part.type !== "text") {
      open = undefined;
      items.push(...toOtherItems(part, { isOwn, hasIds }));
      continue;
    }
    const data = isOwn ? asObject(part.providerData) : undefined;
    const id = hasIds ? asString(data?.["id"]) : undefined;
    if (id !== undefined && open?.id === id) {
      open.content.push(toOutputContent(part, data));
      continue;
    }
    open = id === undefined ? undefined : { id, content: [toOutputContent(part, data)] };
    if (open === undefined && part.text === "") continue;
    const phase = asString(data?.["phase"]);
    const shared = { type: "message", role: "assistant", ...(phase === undefined ? {} : { phase }) };
    items.push(open === undefined ? { ...shared, content: part.text } : { ...shared, ...open, status: "completed" });
  }
  return items;
}

function toOutputContent(part: AssistantTextPart, data: WireObject | undefined): object {
  if (data?.["isRefusal"] === true) return { type: "refusal", refusal: part.text };
  return { type: "output_text", text: part.text, annotations: [] };
}

function toOtherItems(
  part: Exclude<AssistantPart, AssistantTextPart>,
  { isOwn, hasIds }: { readonly isOwn: boolean; readonly hasIds: boolean },
): readonly object[] {
  switch (part.type) {
    case "reasoning": {
      const item = isOwn ? readReasoningItem(part) : undefined;
      return item === undefined ? [] : [item];
    }
    case "tool-call": {
      const own = hasIds ? asObject(part.providerData) : undefined;
      const call_id = toWireId(part.id, "openai");
      return [{ ...own, type: "function_call", call_id, name: part.name, arguments: formatArguments(part) }];
    }
    case "opaque": {
      const item = isOwn ? asObject(part.providerData) : undefined;
      return asString(item?.["type"]) === undefined || item === undefined ? [] : [item];
    }
    default:
      return part satisfies never;
  }
}

function readReasoningItem(part: AssistantPart): WireObject | undefined {
  const item = asObject(part.providerData);
  return item?.["type"] === "reasoning" && typeof item["encrypted_content"] === "string" ? item : undefined;
}
