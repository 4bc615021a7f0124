import type {
  AssistantPart,
  JsonObject,
  JsonValue,
  ModelFinish,
  ModelStreamPart,
  ToolCallPart,
} from "../../spec/index.ts";
import {
  asObject,
  asString,
  CallIds,
  parseArguments,
  truncatedStream,
  whoAnswered,
  type WireObject,
} from "../shared/index.ts";
import { toError } from "./failure.ts";
import { readReason, toFinishReason } from "./finish-reason.ts";
import type { AiSdkLanguageModel } from "./language-model.ts";
import { toServerPart } from "./server-part.ts";
import { readUsage } from "./usage.ts";

/** A block of text or reasoning. */
interface Block {
  readonly type: "text" | "reasoning";
  text: string;
  /** The latest that the vendor said of the block. */
  metadata: JsonObject | undefined;
}

type Entry = Block | { readonly type: "whole"; readonly part: AssistantPart };

/** The fold over the parts of one answer. */
export class Answer {
  readonly #model: { readonly provider: string; readonly id: string };
  readonly #content: Entry[] = [];
  readonly #blocks = new Map<string, Block>();
  #end: WireObject | undefined;
  #served: ReturnType<typeof whoAnswered> = {};
  #partCount = 0;
  readonly #callIds = new CallIds([]);

  constructor({ provider, modelId }: AiSdkLanguageModel) {
    this.#model = { provider, id: modelId };
  }

  /** Whether the part that ends an answer came. */
  get isComplete(): boolean {
    return this.#end !== undefined;
  }

  /** Takes a part of the stream and gives what the reader sees of it. Throws for an error that came as a part. */
  read(value: unknown): ModelStreamPart {
    const { provider } = this.#model;
    const part = asObject(value);
    if (part === undefined) throw truncatedStream(provider, "a part of the stream is no object");
    this.#partCount += 1;
    switch (part["type"]) {
      case "text-start":
      case "text-delta":
      case "text-end":
        return this.#grow("text", part);
      case "reasoning-start":
      case "reasoning-delta":
      case "reasoning-end":
        return this.#grow("reasoning", part);
      case "tool-call":
        return this.#addCall(part);
      case "response-metadata":
        // Some providers send it again with what they learnt later.
        this.#served = { ...this.#served, ...whoAnswered({ model: part["modelId"], responseId: part["id"] }) };
        return PING;
      case "finish":
        this.#end = part;
        return PING;
      case "error":
        throw toError(part["error"]);
      default:
        return this.#addServerPart(part);
    }
  }

  /** The end of the stream. Throws a `ProviderError` when there is no whole answer. */
  finish(): ModelFinish {
    const { provider } = this.#model;
    if (this.#partCount === 0) throw truncatedStream(provider, "the stream held no parts");
    if (this.#end === undefined) throw truncatedStream(provider, "the stream ended without finish");
    const reason = readReason(this.#end["finishReason"]);
    const hasCalls = this.#callIds.size > 0;
    return {
      type: "finish",
      reason: toFinishReason(reason, { provider, hasCalls }),
      rawReason: reason.raw ?? reason.unified,
      usage: readUsage(this.#end["usage"]),
      ...this.#served,
      message: { role: "assistant", content: this.#content.flatMap(closeEntry), model: this.#model },
    };
  }

  #grow(type: Block["type"], part: WireObject): ModelStreamPart {
    const key = `${type} ${asString(part["id"]) ?? ""}`;
    let block = this.#blocks.get(key);
    // Some providers use an id again for the next block.
    if (block === undefined || part["type"] === `${type}-start`) {
      block = { type, text: "", metadata: undefined };
      this.#blocks.set(key, block);
      this.#content.push(block);
    }
    block.metadata = readMetadata(part) ?? block.metadata;
    const text = asString(part["delta"]) ?? "";
    block.text += text;
    return text === "" ? PING : { type: `${type}-delta`, text };
  }

  #addCall(part: WireObject): ModelStreamPart {
    if (part["providerExecuted"] === true) return this.#addServerPart(part);
    const name = asString(part["toolName"]) ?? "";
    if (name === "") throw truncatedStream(this.#model.provider, "a tool call has no name");
    const metadata = readMetadata(part);
    const call: ToolCallPart = {
      type: "tool-call",
      id: this.#callIds.take(part["toolCallId"]),
      name,
      ...parseArguments(asString(part["input"]) ?? JSON.stringify(part["input"] ?? {}), { isCutOff: false }),
      ...(metadata !== undefined && { providerData: metadata }),
    };
    this.#content.push({ type: "whole", part: call });
    return { type: "tool-call", call };
  }

  #addServerPart(part: WireObject): ModelStreamPart {
    const providerData = toServerPart(part);
    if (providerData !== undefined) this.#content.push({ type: "whole", part: { type: "opaque", providerData } });
    return PING;
  }
}

function closeEntry(entry: Entry): readonly AssistantPart[] {
  if (entry.type === "whole") return [entry.part];
  const { type, text, metadata } = entry;
  if (metadata !== undefined) return [{ type, text, providerData: metadata }];
  return text === "" ? [] : [{ type, text }];
}

function readMetadata(part: WireObject): JsonObject | undefined {
  // The specification has JSON objects here.
  return asObject(part["providerMetadata"]) as Readonly<Record<string, JsonValue>> | undefined;
}

const PING: ModelStreamPart = { type: "ping" };
