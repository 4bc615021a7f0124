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
      return toInputBlocks(message.content);
    case "assistant":
      return toAnswerBlocks(message, context);
    case "tool":
      return message.content.map((part) => toResultBlock(part, context.ids));
    default:
      return message satisfies never;
  }
}

function toInputBlocks(content: readonly ContentPart[]): readonly object[] {
  const blocks: object[] = [];
  for (const part of content) {
    const block = toInputBlock(part);
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

function toInputBlock(part: ContentPart): object | undefined {
  switch (part.type) {
    case "text":
      return toTextBlock(part.text);
    case "image":
      return toImageBlock(part);
    case "file":
      return toDocumentBlock(part);
    default:
      return part satisfies never;
  }
}

/** The API refuses a text block that holds nothing but white space. */
function toTextBlock(text: string): object | undefined {
  return text.trim() === "" ? undefined : { type: "text", text };
}

function toAnswerBlocks({ content, model }: AssistantMessage, { modelId, ids }: ReplayContext): readonly object[] {
  const isOwn = model.provider === PROVIDER;
  // A signature is bound to the model that wrote it.
  const origin = { isOwn, isSameModel: isOwn && model.id === modelId, ids };
  const blocks: object[] = [];
  for (const part of content) {
    const block = toAnswerBlock(part, origin);
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

interface Origin {
  readonly isOwn: boolean;
  readonly isSameModel: boolean;
  readonly ids: ToolCallIds;
}

function toAnswerBlock(part: AssistantPart, { isOwn, isSameModel, ids }: Origin): object | undefined {
  switch (part.type) {
    case "text": {
      const block = toTextBlock(part.text);
      return block !== undefined && isOwn ? { ...block, ...asObject(part.providerData) } : block;
    }
    case "reasoning": {
      const signature = asObject(part.providerData)?.["signature"];
      if (!isSameModel || typeof signature !== "string") return undefined;
      return { type: "thinking", thinking: part.text, signature };
    }
    case "tool-call": {
      const input = part.args ?? { invalid_arguments: part.invalidArgs ?? "" };
      const extra = isOwn ? asObject(part.providerData) : undefined;
      return { ...extra, type: "tool_use", id: ids.add(part.id), name: part.name, input };
    }
    case "opaque": {
      const block = asObject(part.providerData);
      if (!isOwn || block === undefined) return undefined;
      return block["type"] === "redacted_thinking" && !isSameModel ? undefined : block;
    }
    default:
      return part satisfies never;
  }
}

function toResultBlock({ toolCallId, content, isError }: ToolResultPart, ids: ToolCallIds): object {
  const wire = typeof content === "string" ? content.trim() && content : toInputBlocks(content);
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
