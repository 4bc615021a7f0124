import { ProviderError } from "../../errors/index.ts";
import type { JsonObject, ModelFinish, ModelMessage, ModelStreamPart, ToolCallPart, Usage } from "../../spec/index.ts";
import {
  AnswerContent,
  asArray,
  asObject,
  asString,
  CallIds,
  truncatedStream,
  whoAnswered,
  type ChunkFold,
  type WireObject,
} from "../shared/index.ts";
import { toFailure } from "./failure.ts";
import { isFailedReason, toFinishReason } from "./finish-reason.ts";
import { PROVIDER } from "./provider.ts";
import { readUsage } from "./usage.ts";

/** The fold over the chunks of one answer. */
export class Answer implements ChunkFold<unknown> {
  readonly #modelId: string;
  readonly #content = new AnswerContent();
  readonly #callIds: CallIds;
  #reason: string | undefined;
  #continuationToken: string | undefined;
  #usage: Usage | undefined;
  #served: ReturnType<typeof whoAnswered> = {};
  #chunkCount = 0;
  /** Content came after a reason: this server gives one with every chunk, and only the stream's end is the end. */
  #goesOn = false;

  constructor(modelId: string, history: readonly ModelMessage[]) {
    this.#modelId = modelId;
    this.#callIds = new CallIds(history);
  }

  /** Whether the vendor said why the answer ends. Counts of tokens may still follow. */
  get isComplete(): boolean {
    return this.#reason !== undefined && !this.#goesOn;
  }

  /** Takes a chunk and gives what the reader sees of it. Throws for an error that came as a chunk. */
  read(value: unknown): readonly ModelStreamPart[] {
    const chunk = asObject(value);
    if (chunk === undefined) throw truncatedStream(PROVIDER, "a chunk is no object");
    this.#chunkCount += 1;
    if (chunk["error"] !== undefined && chunk["error"] !== null) throw toFailure(chunk["error"]);
    const candidate = asObject(asArray(chunk["candidates"])[0]);
    const parts: ModelStreamPart[] = [];
    for (const part of asArray(asObject(candidate?.["content"])?.["parts"])) this.#add(asObject(part) ?? {}, parts);
    if (parts.length > 0 && this.#reason !== undefined) this.#goesOn = true;
    this.#usage = readUsage(chunk["usageMetadata"]) ?? this.#usage;
    if (this.#chunkCount === 1) {
      this.#served = whoAnswered({ model: chunk["modelVersion"], responseId: chunk["responseId"] });
    }
    this.#continuationToken = asString(candidate?.["continuationToken"]) ?? this.#continuationToken;
    const blockReason = asString(asObject(chunk["promptFeedback"])?.["blockReason"]);
    this.#reason = asString(candidate?.["finishReason"]) ?? this.#reason ?? toBlocked(blockReason);
    return parts.length > 0 ? parts : [{ type: "ping" }];
  }

  /** The end of the stream. Throws a `ProviderError` when there is no whole answer. */
  finish(): ModelFinish {
    const reason = this.#reason;
    if (this.#chunkCount === 0) throw truncatedStream(PROVIDER, "the stream held no chunks");
    if (reason === undefined) throw truncatedStream(PROVIDER, "the stream ended without finishReason");
    if (isFailedReason(reason)) {
      const message = `The model of ${PROVIDER} gave its answer up: ${reason}`;
      throw new ProviderError(message, { provider: PROVIDER, isRetryable: true });
    }
    if (reason === "CONTINUATION" && this.#continuationToken !== undefined) {
      this.#content.push({ type: "opaque", providerData: { continuationToken: this.#continuationToken } });
    }
    const isBlocked = reason.startsWith(BLOCKED);
    return {
      type: "finish",
      reason: isBlocked ? "refusal" : toFinishReason(reason, { hasCalls: this.#callIds.size > 0 }),
      rawReason: isBlocked ? reason.slice(BLOCKED.length) : reason,
      usage: this.#usage,
      ...this.#served,
      message: { role: "assistant", content: this.#content.parts, model: { provider: PROVIDER, id: this.#modelId } },
    };
  }

  #add(part: WireObject, seen: ModelStreamPart[]): void {
    const call = asObject(part["functionCall"]);
    const text = asString(part["text"]);
    if (call !== undefined) {
      const made = this.#toCall(part, call);
      this.#content.push(made);
      seen.push({ type: "tool-call", call: made });
    } else if (text !== undefined) {
      const type = part["thought"] === true ? "reasoning" : "text";
      if (text !== "") seen.push({ type: `${type}-delta`, text });
      // A part with a signature is replayed as it came and never merged with another.
      if (isSigned(part)) this.#content.push({ type, text, providerData: toJson(part) });
      else if (text !== "") this.#content.grow(type, text);
    } else if (Object.keys(part).length > 0) {
      this.#content.push({ type: "opaque", providerData: toJson(part) });
    }
  }

  #toCall(part: WireObject, call: WireObject): ToolCallPart {
    const name = asString(call["name"]);
    if (name === undefined || name === "") throw truncatedStream(PROVIDER, "a function call has no name");
    const args = call["args"] === undefined || call["args"] === null ? {} : asObject(call["args"]);
    const shared = { type: "tool-call", id: this.#callIds.take(call["id"]), name, providerData: toJson(part) } as const;
    if (args === undefined) return { ...shared, args: undefined, invalidArgs: JSON.stringify(call["args"]) };
    return { ...shared, args: toJson(args) };
  }
}

/** Marks the reason of a prompt that was not let through. */
const BLOCKED = "blocked:";

function toBlocked(blockReason: string | undefined): string | undefined {
  return blockReason === undefined ? undefined : `${BLOCKED}${blockReason}`;
}

/** Whether a part of text holds more than its text. */
function isSigned(part: WireObject): boolean {
  return Object.keys(part).some((key) => key !== "text" && key !== "thought");
}

function toJson(value: WireObject): JsonObject {
  // Both SDKs give what JSON.parse made.
  return value as JsonObject;
}
