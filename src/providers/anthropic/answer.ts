import type { AssistantPart, ModelFinish, ModelStreamPart } from "../../spec/index.ts";
import {
  asArray,
  asObject,
  asString,
  parsePayload,
  toProviderError,
  truncatedStream,
  whoAnswered,
  type AnswerFold,
  type WireObject,
} from "../shared/index.ts";
import { openBlock, ToolUseBlock, type ContentBlock } from "./content-block.ts";
import { isCutOff, toFinishReason } from "./finish-reason.ts";
import { PROVIDER } from "./provider.ts";
import { UsageMeter } from "./usage-meter.ts";

/** The fold over the events of one answer. Source: https://platform.claude.com/docs/en/build-with-claude/streaming */
export class Answer implements AnswerFold {
  readonly #modelId: string;
  readonly #usage = new UsageMeter();
  readonly #blocks: ContentBlock[] = [];
  /** The blocks that stream, by the index in their events. */
  #open: Map<unknown, ContentBlock> | undefined;
  #state: "waiting" | "started" | "complete" = "waiting";
  #rawReason: string | undefined;
  /** The vendor's head of the answer. */
  #served: WireObject | undefined;
  #callCount = 0;
  #callIds: Set<string> | undefined;

  constructor(modelId: string) {
    this.#modelId = modelId;
  }

  /** Whether the terminal event came. */
  get isDone(): boolean {
    return this.#state === "complete";
  }

  /** Takes an event and adds what the reader sees of it. Throws a `ProviderError` for a bad one. */
  push(payload: string, parts: ModelStreamPart[]): void {
    const event = parsePayload(payload, PROVIDER);
    // The event that comes most.
    if (event["type"] !== "content_block_delta") return this.#accept(event, parts);
    const part = this.#blockOf(event).accept(asObject(event["delta"]) ?? {});
    if (part !== undefined) parts.push(part);
  }

  /** The end of the stream. Throws a `ProviderError` when the answer is not complete. */
  finish(): ModelFinish {
    if (this.#state === "waiting") throw truncatedStream(PROVIDER, "the stream held no message");
    if (this.#state === "started") throw truncatedStream(PROVIDER, "the stream ended without message_stop");
    const rawReason = this.#rawReason;
    const isCut = isCutOff(rawReason);
    const content: AssistantPart[] = [];
    for (const block of this.#blocks) {
      const part = block.close(isCut);
      if (part !== undefined) content.push(part);
    }
    return {
      type: "finish",
      reason: toFinishReason(rawReason, { hasCalls: this.#callCount > 0 }),
      ...(rawReason !== undefined && { rawReason }),
      usage: this.#usage.read(),
      ...whoAnswered({ model: this.#served?.["model"], responseId: this.#served?.["id"] }),
      message: { role: "assistant", content, model: { provider: PROVIDER, id: this.#modelId } },
    };
  }

  #accept(event: WireObject, parts: ModelStreamPart[]): void {
    switch (event["type"]) {
      case "content_block_start":
        (this.#open ??= new Map()).set(event["index"], this.#begin(event["content_block"], parts));
        return;
      case "content_block_stop": {
        // Whether a call without arguments is whole shows only in the reason of the end.
        const block = this.#blockOf(event);
        if (!(block instanceof ToolUseBlock)) return;
        block.stop();
        if (block.hasContent) this.#announce(block, parts);
        return;
      }
      case "message_start":
        this.#start(asObject(event["message"]), parts);
        return;
      case "message_delta":
        this.#rawReason = asString(asObject(event["delta"])?.["stop_reason"]) ?? this.#rawReason;
        this.#usage.merge(event["usage"]);
        return;
      case "message_stop":
        this.#stop(parts);
        return;
      case "error":
        throw toProviderError(event, { provider: PROVIDER, signal: NEVER });
      default:
        // Servers in between leave the type of an error out.
        if (isError(event["error"])) throw toProviderError(event, { provider: PROVIDER, signal: NEVER });
        // Events that are newer than this adapter: the API asks its readers to pass them over.
        return;
    }
  }

  #start(message: WireObject | undefined, parts: ModelStreamPart[]): void {
    this.#state = "started";
    this.#open = undefined;
    this.#usage.merge(message?.["usage"]);
    this.#served = message;
    // Calls made from within a server tool come whole, in the first event.
    for (const given of asArray(message?.["content"])) {
      const block = this.#begin(given, parts);
      if (block instanceof ToolUseBlock && block.hasContent) this.#announce(block, parts);
    }
  }

  #stop(parts: ModelStreamPart[]): void {
    if (this.#state === "waiting") throw truncatedStream(PROVIDER, "message_stop came before message_start");
    for (const block of this.#blocks) if (block instanceof ToolUseBlock) this.#announce(block, parts);
    this.#state = "complete";
  }

  #blockOf(event: WireObject): ContentBlock {
    const block = this.#open?.get(event["index"]);
    if (block === undefined) throw truncatedStream(PROVIDER, "a piece of a content block came without its begin");
    return block;
  }

  #begin(start: unknown, parts: ModelStreamPart[]): ContentBlock {
    const block = openBlock(start, { callNumber: this.#callCount, callIds: (this.#callIds ??= new Set()) });
    this.#blocks.push(block);
    if (block.opening !== undefined) parts.push(block.opening);
    if (block instanceof ToolUseBlock) this.#callCount += 1;
    return block;
  }

  /** Tells the reader of a call, once. */
  #announce(block: ToolUseBlock, parts: ModelStreamPart[]): void {
    if (!block.isClosed) parts.push({ type: "tool-call", call: block.close(isCutOff(this.#rawReason)) });
  }
}

function isError(error: unknown): boolean {
  return asObject(error) !== undefined || (asString(error) ?? "") !== "";
}

/** An error event is the vendor's word whatever the caller's signal says; the caller looks at that one itself. */
const NEVER = new AbortController().signal;
