import type {
  FinishReason,
  ModelFinish,
  ModelMessage,
  ModelStreamPart,
  ToolCallPart,
  Usage,
} from "../../spec/index.ts";
import {
  AnswerContent,
  asArray,
  asCount,
  asObject,
  asString,
  CallIds,
  parseArguments,
  parseObject,
  toUsage,
  truncatedStream,
  whoAnswered,
  type ChunkFold,
  type ParsedArguments,
  type WireObject,
} from "../shared/index.ts";
import { PROVIDER } from "./provider.ts";

/** The fold over the lines of one answer. */
export class Answer implements ChunkFold<readonly string[]> {
  readonly #modelId: string;
  readonly #content = new AnswerContent();
  readonly #callIds: CallIds;
  #end: WireObject | undefined;
  #lineCount = 0;

  constructor(modelId: string, history: readonly ModelMessage[]) {
    this.#modelId = modelId;
    this.#callIds = new CallIds(history);
  }

  /** Whether the server said that nothing follows. */
  get isComplete(): boolean {
    return this.#end !== undefined;
  }

  /** Takes the lines of one chunk and gives what the reader sees of them. Throws for an error that came as a line. */
  read(lines: readonly string[]): readonly ModelStreamPart[] {
    const parts: ModelStreamPart[] = [];
    for (const line of lines) {
      if (this.isComplete) break;
      this.#accept(line, parts);
    }
    return parts.length > 0 ? parts : [{ type: "ping" }];
  }

  /** The end of the stream. Throws a `ProviderError` when there is no whole answer. */
  finish(): ModelFinish {
    const end = this.#end;
    if (this.#lineCount === 0) throw truncatedStream(PROVIDER, "the stream held no lines");
    if (end === undefined) throw truncatedStream(PROVIDER, "the stream ended without done");
    const rawReason = asString(end["done_reason"]);
    return {
      type: "finish",
      reason: toFinishReason(rawReason, this.#callIds.size > 0),
      ...(rawReason !== undefined && { rawReason }),
      usage: readUsage(end),
      ...whoAnswered({ model: end["model"] }),
      message: { role: "assistant", content: this.#content.parts, model: { provider: PROVIDER, id: this.#modelId } },
    };
  }

  #accept(line: string, parts: ModelStreamPart[]): void {
    const event = parseObject(line);
    if (event === undefined) throw truncatedStream(PROVIDER, `a line is not JSON: ${line.slice(0, 100)}`);
    this.#lineCount += 1;
    const { error } = event;
    if (error !== undefined && error !== null)
      throw Object.assign(new Error("The server broke the answer off"), { error });
    const message = asObject(event["message"]);
    this.#grow("reasoning", asString(message?.["thinking"]) ?? "", parts);
    this.#grow("text", asString(message?.["content"]) ?? "", parts);
    for (const call of asArray(message?.["tool_calls"])) this.#addCall(asObject(call), parts);
    if (event["done"] === true) this.#end = event;
  }

  #grow(type: "text" | "reasoning", text: string, parts: ModelStreamPart[]): void {
    if (text === "") return;
    parts.push({ type: `${type}-delta`, text });
    this.#content.grow(type, text);
  }

  #addCall(wire: WireObject | undefined, parts: ModelStreamPart[]): void {
    const name = asString(asObject(wire?.["function"])?.["name"]);
    if (name === undefined || name === "") throw truncatedStream(PROVIDER, "a tool call has no name");
    const args = readArguments(asObject(wire?.["function"])?.["arguments"]);
    const call: ToolCallPart = { type: "tool-call", id: this.#callIds.take(wire?.["id"]), name, ...args };
    this.#content.push(call);
    parts.push({ type: "tool-call", call });
  }
}

/** The server sends an object; servers that imitate it may send its text. A call comes whole, so nothing is cut off. */
function readArguments(value: unknown): ParsedArguments {
  if (value === undefined || value === null) return { args: {} };
  return parseArguments(typeof value === "string" ? value : JSON.stringify(value), { isCutOff: false });
}

/** `load` and `unload` answer a request without messages. Servers before the reason was introduced send none. */
function toFinishReason(reason: string | undefined, hasCalls: boolean): FinishReason {
  if (reason === "length") return "max_tokens";
  if (reason !== undefined && reason !== "stop" && !(reason === "tool_calls" && hasCalls)) return "other";
  return hasCalls ? "tool_use" : "end_turn";
}

/** The cached part of the prompt is counted in it; thoughts are counted in the answer and not told apart. */
function readUsage(end: WireObject): Usage | undefined {
  const { prompt_eval_count: input, eval_count: output } = end;
  if (input === undefined && output === undefined) return undefined;
  // The server leaves out what is zero: older ones count nothing of a prompt that was in the cache as a whole.
  return toUsage({
    input: asCount(input ?? 0),
    output: asCount(output ?? 0),
    cacheRead: asCount(end["prompt_eval_cached_count"]),
  });
}
