import type { AssistantPart, JsonValue, ModelStreamPart } from "../../spec/index.ts";
import {
  asArray,
  asObject,
  asString,
  parseArguments,
  parseObject,
  truncatedStream,
  type WireObject,
} from "../shared/index.ts";
import { PROVIDER } from "./provider.ts";

/** A content block while it streams. */
export interface ContentBlock {
  readonly type: AssistantPart["type"];
  /** What the block's begin itself shows to the reader. */
  readonly opening?: ModelStreamPart;
  /** Whether anything came besides the begin. */
  readonly hasContent: boolean;
  /** Whether the reader was told of the call. */
  isAnnounced: boolean;
  /** Adds a piece; gives what the reader sees of it, if anything. */
  accept(delta: WireObject): ModelStreamPart | undefined;
  /** The part for the history; `undefined` for a block without content that the API would refuse. */
  close(isCutOff: boolean): AssistantPart | undefined;
}

/** Opens the block that a begin announces. A type that is not known is kept whole, for its vendor. */
export function openBlock(start: unknown, { callNumber }: { readonly callNumber: number }): ContentBlock {
  const block = asObject(start);
  if (block === undefined) throw truncatedStream(PROVIDER, "a content block has no type");
  switch (block["type"]) {
    case "text":
      return openText(block);
    case "thinking":
      return openThinking(block);
    case "tool_use":
      return openToolUse(block, callNumber);
    default:
      return openOpaque(block);
  }
}

function openText(start: WireObject): ContentBlock {
  let text = asString(start["text"]) ?? "";
  const citations = [...asArray(start["citations"])];
  return {
    type: "text",
    ...(text !== "" && { opening: { type: "text-delta", text } }),
    hasContent: true,
    isAnnounced: false,
    accept(delta) {
      const piece = asString(delta["text"]);
      if (delta["type"] === "citations_delta") citations.push(delta["citation"]);
      if (piece === undefined || piece === "") return undefined;
      text += piece;
      return { type: "text-delta", text: piece };
    },
    close() {
      if (text === "") return undefined;
      return { type: "text", text, ...(citations.length > 0 && { providerData: toJson({ citations }) }) };
    },
  };
}

function openThinking(start: WireObject): ContentBlock {
  let text = asString(start["thinking"]) ?? "";
  let signature = asString(start["signature"]) ?? "";
  return {
    type: "reasoning",
    ...(text !== "" && { opening: { type: "reasoning-delta", text } }),
    hasContent: true,
    isAnnounced: false,
    accept(delta) {
      signature = asString(delta["signature"]) ?? signature;
      const piece = asString(delta["thinking"]);
      if (piece === undefined || piece === "") return undefined;
      text += piece;
      return { type: "reasoning-delta", text: piece };
    },
    close: () => ({ type: "reasoning", text, ...(signature !== "" && { providerData: { signature } }) }),
  };
}

function openToolUse(start: WireObject, callNumber: number): ContentBlock {
  const { type: _type, id, name, input, ...rest } = start;
  let json = "";
  // Calls from within a server tool bring their input in the begin.
  const given = asObject(input) ?? {};
  const isGiven = Object.keys(given).length > 0;
  return {
    type: "tool-call",
    get hasContent() {
      return isGiven || json !== "";
    },
    isAnnounced: false,
    accept(delta) {
      json += asString(delta["partial_json"]) ?? "";
      return undefined;
    },
    close(isCutOff) {
      const parsed = json === "" && isGiven ? { args: toJson(given) } : parseArguments(json, { isCutOff });
      return {
        type: "tool-call",
        // Unlike the API itself, servers that imitate it may leave the id out.
        id: asString(id) ?? `call_${callNumber}`,
        name: asString(name) ?? "",
        ...parsed,
        ...(Object.keys(rest).length > 0 && { providerData: toJson(rest) }),
      };
    },
  };
}

function openOpaque(start: WireObject): ContentBlock {
  const block: Record<string, unknown> = { ...start };
  let json = "";
  return {
    type: "opaque",
    hasContent: true,
    isAnnounced: false,
    accept({ type, ...fields }) {
      if (type === "input_json_delta") json += asString(fields["partial_json"]) ?? "";
      else Object.assign(block, fields);
      return undefined;
    },
    close() {
      const input = parseObject(json);
      return { type: "opaque", providerData: toJson(input === undefined ? block : { ...block, input }) };
    },
  };
}

/** What was parsed from JSON, or put together from such pieces, is JSON. */
function toJson(value: WireObject): JsonValue {
  return value as JsonValue;
}
