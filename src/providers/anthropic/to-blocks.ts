import type { AssistantMessage, AssistantPart, ContentPart, ModelMessage, ToolResultPart } from "../../spec/index.ts";
import { asObject } from "../shared/index.ts";
import { toDocumentBlock, toImageBlock } from "./media.ts";
import { PROVIDER } from "./provider.ts";
import type { ToolCallIds } from "./tool-call-ids.ts";

/** Where a message is replayed. */
export interface ReplayContext {
  /** The model that the request goes to. */
  readonly modelId: string;
  readonly ids: ToolCallIds;
}

/** The content blocks of a history's entry. Empty when nothing of it can be said to this vendor. */
export function toBlocks(message: ModelMessage, context: ReplayContext): readonly object[] {
  switch (message.role) {
    case "user":
      return message.content.flatMap(toInputBlock);
    case "assistant":
      return message.content.flatMap((part) => toAnswerBlock(part, message, context));
    case "tool":
      return message.content.map((part) => toResultBlock(part, context.ids));
    default:
      return message satisfies never;
  }
}

function toInputBlock(part: ContentPart): readonly object[] {
  switch (part.type) {
    case "text":
      return toTextBlock(part.text);
    case "image":
      return [toImageBlock(part)];
    case "file":
      return [toDocumentBlock(part)];
    default:
      return part satisfies never;
  }
}

/** The API refuses a text block that holds nothing but white space. */
function toTextBlock(text: string): readonly object[] {
  return text.trim() === "" ? [] : [{ type: "text", text }];
}

function toAnswerBlock(part: AssistantPart, { model }: AssistantMessage, context: ReplayContext): readonly object[] {
  const isOwn = model.provider === PROVIDER;
  // A signature is bound to the model that wrote it.
  const isSameModel = isOwn && model.id === context.modelId;
  switch (part.type) {
    case "text":
      return toTextBlock(part.text).map((block) => (isOwn ? { ...block, ...asObject(part.providerData) } : block));
    case "reasoning": {
      const signature = asObject(part.providerData)?.["signature"];
      return isSameModel && typeof signature === "string" ? [{ type: "thinking", thinking: part.text, signature }] : [];
    }
    case "tool-call": {
      const input = part.args ?? { invalid_arguments: part.invalidArgs ?? "" };
      const extra = isOwn ? asObject(part.providerData) : undefined;
      return [{ ...extra, type: "tool_use", id: context.ids.add(part.id), name: part.name, input }];
    }
    case "opaque": {
      const block = asObject(part.providerData);
      if (!isOwn || block === undefined) return [];
      return block["type"] === "redacted_thinking" && !isSameModel ? [] : [block];
    }
    default:
      return part satisfies never;
  }
}

function toResultBlock({ toolCallId, content, isError }: ToolResultPart, ids: ToolCallIds): object {
  const wire = typeof content === "string" ? content.trim() && content : content.flatMap(toInputBlock);
  // The API takes an error as text only; the picture says more than the mark.
  const isMarked = isError && (typeof wire === "string" || wire.every((block) => "text" in block));
  return {
    type: "tool_result",
    tool_use_id: ids.find(toolCallId),
    ...(wire.length > 0 && { content: wire }),
    ...(isMarked && { is_error: true }),
  };
}

/** Stands for a result that the history does not have: the API refuses a call without one. */
export function missingResult(toolUseId: string): object {
  return { type: "tool_result", tool_use_id: toolUseId, content: "The call was not carried out.", is_error: true };
}
