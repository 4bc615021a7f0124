import type { AssistantPart, AssistantTextPart, JsonValue, ModelStreamPart, ToolCallPart } from "../../spec/index.ts";
import { asObjects, asString, parseArguments, truncatedStream, type WireObject } from "../shared/index.ts";

/** One output item of a response while it streams. */
export interface OpenItem {
  /** The item as the vendor sent it last; `undefined` when deltas came without one. */
  item: WireObject | undefined;
  /** The vendor sent the whole item. */
  isDone: boolean;
  /** Streamed text by content index, for an item whose end does not come. */
  readonly contents: Map<number, { text: string; isRefusal: boolean }>;
  reasoning: string;
  args: string;
  /** The id of a call that came without one. */
  readonly fallbackId: string;
  /** The parts that the item became, once they were told to the reader. */
  parts: readonly AssistantPart[] | undefined;
}

/** Makes an item of which nothing has come. */
export function createOpenItem(fallbackId: string): OpenItem {
  return { item: undefined, isDone: false, contents: new Map(), reasoning: "", args: "", fallbackId, parts: undefined };
}

/** How to close an item. */
export interface CloseOptions {
  /** Gets what the reader has not seen. */
  readonly told: ModelStreamPart[];
  readonly isCutOff: boolean;
  readonly provider: string;
  /** The ids of the calls that were told before: a call that comes with one of them gets an id of its own. */
  readonly callIds: Set<string>;
}

/**
 * The parts of an item, and in `told` what the reader has not seen of them: calls, and text that came without deltas.
 * Throws a `ProviderError` for a call without a name.
 */
export function closeItem(
  open: OpenItem,
  { told, isCutOff, provider, callIds }: CloseOptions,
): readonly AssistantPart[] {
  if (open.parts !== undefined) return open.parts;
  open.parts = toParts(open, isCutOff).map((part) =>
    part.type === "tool-call" && callIds.has(part.id) ? { ...part, id: open.fallbackId } : part,
  );
  if (open.parts.some((part) => part.type === "tool-call" && part.name === "")) {
    throw truncatedStream(provider, "a tool call has no name");
  }
  for (const part of open.parts) {
    if (part.type === "tool-call") {
      callIds.add(part.id);
      told.push({ type: "tool-call", call: part });
    }
    const isNew = part.type === "text" ? open.contents.size === 0 : open.reasoning === "";
    if (!isNew || (part.type !== "text" && part.type !== "reasoning") || part.text === "") continue;
    told.push({ type: part.type === "text" ? "text-delta" : "reasoning-delta", text: part.text });
  }
  return open.parts;
}

/**
 * A custom tool call becomes a call with the argument `input`: we offer only tools with JSON
 * arguments, so it is shown to the agent, which refuses what it does not know. Items of other types stay opaque.
 */
function toParts(open: OpenItem, isCutOff: boolean): readonly AssistantPart[] {
  const item = open.item ?? {};
  const type = asString(item["type"]) ?? guessType(open);
  switch (type) {
    case "message":
      return toTextParts(open, item);
    case "reasoning":
      return toReasoningParts(open, item);
    case "function_call": {
      const { type: _type, call_id: _id, name: _name, arguments: _arguments, status: _status, ...rest } = item;
      const text = open.isDone ? (asString(item["arguments"]) ?? open.args) : open.args;
      // A call that never came to its end may have lost all of its arguments.
      const args = parseArguments(text, { isCutOff: isCutOff || !open.isDone });
      return [{ ...toCall(item, open.fallbackId), ...args, ...toProviderData(rest) }];
    }
    case "custom_tool_call": {
      const input = open.isDone ? (asString(item["input"]) ?? open.args) : open.args;
      return [{ ...toCall(item, open.fallbackId), args: { input } }];
    }
    default:
      // What did not come whole cannot be sent back.
      return open.isDone ? [{ type: "opaque", providerData: toJson(item) }] : [];
  }
}

function guessType(open: OpenItem): string {
  if (open.contents.size > 0) return "message";
  return open.reasoning === "" ? "" : "reasoning";
}

function toTextParts(open: OpenItem, item: WireObject): readonly AssistantTextPart[] {
  const { id, phase } = item;
  const shared = { ...(typeof id === "string" ? { id } : {}), ...(typeof phase === "string" ? { phase } : {}) };
  const contents = open.isDone ? asObjects(item["content"]).map(readContent) : [...open.contents.values()];
  return contents.map(({ text, isRefusal }) => ({
    type: "text",
    text,
    ...toProviderData(isRefusal ? { ...shared, isRefusal } : shared),
  }));
}

/** Text or refusal of one element of a message's content. */
function readContent(content: WireObject): { readonly text: string; readonly isRefusal: boolean } {
  const isRefusal = content["type"] === "refusal";
  return { text: asString(content[isRefusal ? "refusal" : "text"]) ?? "", isRefusal };
}

/** The whole item goes back verbatim; the text is for people. */
function toReasoningParts(open: OpenItem, item: WireObject): readonly AssistantPart[] {
  const text = open.reasoning || readReasoning(item);
  const hasSecret = typeof item["encrypted_content"] === "string";
  if (text === "" && !hasSecret) return [];
  return [{ type: "reasoning", text, ...(open.isDone ? toProviderData(item) : {}) }];
}

/** The summary of the reasoning, or the reasoning itself where the server shows it. */
function readReasoning(item: WireObject): string {
  const summary = asObjects(item["summary"]);
  const pieces = summary.length > 0 ? summary : asObjects(item["content"]);
  return pieces.map(({ text }) => asString(text) ?? "").join("\n\n");
}

function toCall(item: WireObject, fallbackId: string): Pick<ToolCallPart, "type" | "id" | "name"> {
  return { type: "tool-call", id: asString(item["call_id"]) || fallbackId, name: asString(item["name"]) ?? "" };
}

function toProviderData(data: WireObject): { readonly providerData?: JsonValue } {
  return Object.keys(data).length === 0 ? {} : { providerData: toJson(data) };
}

function toJson(data: WireObject): JsonValue {
  // It came out of JSON.parse.
  return data as JsonValue;
}
