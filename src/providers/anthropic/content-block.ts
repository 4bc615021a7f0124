import type { AssistantPart, JsonValue, ModelStreamPart, ToolCallPart } from "../../spec/index.ts";
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
  /** What the block's begin itself shows to the reader. */
  readonly opening?: ModelStreamPart | undefined;
  /** Adds a piece; gives what the reader sees of it, if anything. */
  accept(delta: WireObject): ModelStreamPart | undefined;
  /** The part for the history; `undefined` for a block without content that the API would refuse. */
  close(isCutOff: boolean): AssistantPart | undefined;
}

/** What is known of the calls of an answer before a block of it begins. */
export interface BlockContext {
  readonly callNumber: number;
  /** The ids of its calls so far; a call adds its own. */
  readonly callIds: Set<string>;
}

/** Opens the block that a begin announces. A type that is not known is kept whole, for its vendor. */
export function openBlock(start: unknown, context: BlockContext): ContentBlock {
  const block = asObject(start);
  if (block === undefined) throw truncatedStream(PROVIDER, "a content block has no type");
  switch (block["type"]) {
    case "text":
      return new TextBlock(block);
    case "thinking":
      return new ThinkingBlock(block);
    case "tool_use":
      return new ToolUseBlock(block, context);
    default:
      return new OpaqueBlock(block);
  }
}

class TextBlock implements ContentBlock {
  readonly opening: ModelStreamPart | undefined;
  #text: string;
  readonly #citations: unknown[];

  constructor(start: WireObject) {
    const text = asString(start["text"]) ?? "";
    this.#text = text;
    this.#citations = [...asArray(start["citations"])];
    if (text !== "") this.opening = { type: "text-delta", text };
  }

  accept(delta: WireObject): ModelStreamPart | undefined {
    const text = asString(delta["text"]);
    if (delta["type"] === "citations_delta") this.#citations.push(delta["citation"]);
    if (text === undefined || text === "") return undefined;
    this.#text += text;
    return { type: "text-delta", text };
  }

  close(): AssistantPart | undefined {
    const text = this.#text;
    if (text === "") return undefined;
    if (this.#citations.length === 0) return { type: "text", text };
    return { type: "text", text, providerData: toJson({ citations: this.#citations }) };
  }
}

class ThinkingBlock implements ContentBlock {
  readonly opening: ModelStreamPart | undefined;
  #text: string;
  #signature: string;

  constructor(start: WireObject) {
    const text = asString(start["thinking"]) ?? "";
    this.#text = text;
    this.#signature = asString(start["signature"]) ?? "";
    if (text !== "") this.opening = { type: "reasoning-delta", text };
  }

  accept(delta: WireObject): ModelStreamPart | undefined {
    this.#signature = asString(delta["signature"]) ?? this.#signature;
    const text = asString(delta["thinking"]);
    if (text === undefined || text === "") return undefined;
    this.#text += text;
    return { type: "reasoning-delta", text };
  }

  close(): AssistantPart {
    const part = { type: "reasoning", text: this.#text } as const;
    return this.#signature === "" ? part : { ...part, providerData: { signature: this.#signature } };
  }
}

/** A call of a tool. */
export class ToolUseBlock implements ContentBlock {
  readonly #start: WireObject;
  readonly #id: string;
  readonly #name: string;
  /** Calls from within a server tool bring their input in the begin. */
  readonly #given: WireObject | undefined;
  #json = "";
  #isStopped = false;
  #part: ToolCallPart | undefined;

  constructor(start: WireObject, { callNumber, callIds }: BlockContext) {
    const given = asObject(start["input"]);
    const id = asString(start["id"]) ?? "";
    const name = asString(start["name"]) ?? "";
    if (name === "") throw truncatedStream(PROVIDER, "a tool call has no name");
    this.#start = start;
    this.#name = name;
    // Unlike the API itself, servers that imitate it may leave the id out, or give it twice.
    this.#id = id === "" || callIds.has(id) ? freeId(callNumber, callIds) : id;
    callIds.add(this.#id);
    this.#given = given !== undefined && Object.keys(given).length > 0 ? given : undefined;
  }

  /** Whether arguments have come. */
  get hasContent(): boolean {
    return this.#given !== undefined || this.#json.trim() !== "";
  }

  /** Whether the call was closed: then its part is what the reader was told. */
  get isClosed(): boolean {
    return this.#part !== undefined;
  }

  accept(delta: WireObject): undefined {
    if (this.isClosed) throw truncatedStream(PROVIDER, "a piece of a tool call came after its end");
    this.#json += asString(delta["partial_json"]) ?? "";
  }

  /** Without its end in the stream a call without arguments may have lost them. */
  stop(): void {
    this.#isStopped = true;
  }

  close(isCutOff: boolean): ToolCallPart {
    return (this.#part ??= this.#toPart(isCutOff));
  }

  #toPart(isCutOff: boolean): ToolCallPart {
    const { type: _type, id: _id, name: _name, input: _input, ...rest } = this.#start;
    const isGiven = this.#given !== undefined && this.#json === "";
    return {
      type: "tool-call",
      id: this.#id,
      name: this.#name,
      ...(isGiven
        ? { args: toJson(this.#given) }
        : parseArguments(this.#json, { isCutOff: isCutOff || !this.#isStopped })),
      ...(Object.keys(rest).length > 0 && { providerData: toJson(rest) }),
    };
  }
}

function freeId(callNumber: number, taken: ReadonlySet<string>): string {
  let id = `call_${callNumber}`;
  while (taken.has(id)) id += "_";
  return id;
}

class OpaqueBlock implements ContentBlock {
  readonly #block: Record<string, unknown>;
  #json = "";

  constructor(start: WireObject) {
    this.#block = { ...start };
  }

  accept({ type, ...fields }: WireObject): undefined {
    if (type === "input_json_delta") this.#json += asString(fields["partial_json"]) ?? "";
    else Object.assign(this.#block, fields);
  }

  close(): AssistantPart {
    const input = parseObject(this.#json);
    return { type: "opaque", providerData: toJson(input === undefined ? this.#block : { ...this.#block, input }) };
  }
}

/** What was parsed from JSON, or put together from such pieces, is JSON. */
function toJson(value: WireObject): JsonValue {
  return value as JsonValue;
}
