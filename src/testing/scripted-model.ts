import { setTimeout as sleep } from "node:timers/promises";

import { ProviderError } from "../errors/index.ts";
import type {
  AssistantPart,
  FinishReason,
  JsonObject,
  Model,
  ModelCallOptions,
  ModelInfo,
  ModelRequest,
  ModelStreamPart,
  Pricing,
  Usage,
} from "../spec/index.ts";

/** One answer of a scripted model: a text, its parts, an error to throw, or a function of the request. */
export type ScriptedStep =
  string | ScriptedAnswer | Error | ((request: ModelRequest) => string | ScriptedAnswer | Error);

/** An answer in parts. */
export interface ScriptedAnswer {
  readonly text?: string;
  /** The deltas that the text comes in. @default words of `text` */
  readonly deltas?: readonly string[];
  readonly reasoning?: string;
  readonly toolCalls?: readonly ScriptedToolCall[];
  /** @default 10 tokens in and 5 out for a call, so that totals move */
  readonly usage?: Partial<Usage>;
  /** @default "tool_use" with tool calls, else "end_turn" */
  readonly finishReason?: FinishReason;
  /** Thrown after the deltas: a stream that breaks. */
  readonly error?: Error;
  /** Milliseconds before the first part. */
  readonly delayMs?: number;
}

/** A tool call of a scripted answer. */
export interface ScriptedToolCall {
  readonly name: string;
  readonly args?: JsonObject;
  /** Text that is no JSON object, as a model may send it. */
  readonly invalidArgs?: string;
  /** @default "call_1", "call_2" … */
  readonly id?: string;
}

/** Options of `scriptedModel`. */
export interface ScriptedModelOptions {
  /** @default "scripted" */
  readonly id?: string;
  /** @default "scripted" */
  readonly provider?: string;
  /** USD for a million tokens. @default free */
  readonly pricing?: Pricing;
  readonly contextWindow?: number;
}

/** A scripted model keeps what it was asked. */
export interface ScriptedModel extends Model {
  readonly requests: readonly ModelRequest[];
}

/**
 * A model that follows a script: for tests and demos without a key. Each call takes the next step; a call after the
 * last step fails with a `ProviderError`, so that a test cannot go on unnoticed.
 *
 * @example
 * ```ts
 * import { run } from "harness-agent";
 * import { scriptedModel } from "harness-agent/testing";
 *
 * const model = scriptedModel([{ toolCalls: [{ name: "Glob", args: { pattern: "*.md" } }] }, "Done."]);
 * console.log(await run("List the documents", { model, audit: false }).text());
 * ```
 */
export function scriptedModel(steps: Iterable<ScriptedStep>, options: ScriptedModelOptions = {}): ScriptedModel {
  const { id = "scripted", provider = "scripted", pricing = { input: 0, output: 0 }, contextWindow } = options;
  const script = steps[Symbol.iterator]();
  const requests: ModelRequest[] = [];
  let calls = 0;
  const info: ModelInfo = { id, provider, pricing, ...(contextWindow === undefined ? {} : { contextWindow }) };
  return {
    provider,
    id,
    info,
    requests,
    async *stream(request, { signal }: ModelCallOptions): AsyncGenerator<ModelStreamPart> {
      signal.throwIfAborted();
      requests.push({ ...request, messages: [...request.messages] });
      const next = script.next();
      if (next.done === true) {
        throw new ProviderError(`The script has no step for call ${requests.length}`, { provider, isRetryable: false });
      }
      const step = typeof next.value === "function" ? next.value(request) : next.value;
      if (step instanceof Error) throw step;
      const answer = typeof step === "string" ? { text: step } : step;
      const content = toContent(answer, () => `call_${(calls += 1)}`);
      yield* playAnswer(answer, { content, provider, id, signal });
    },
  };
}

interface Performance {
  readonly content: readonly AssistantPart[];
  readonly provider: string;
  readonly id: string;
  readonly signal: AbortSignal;
}

async function* playAnswer(
  answer: ScriptedAnswer,
  { content, provider, id, signal }: Performance,
): AsyncGenerator<ModelStreamPart> {
  if (answer.delayMs !== undefined) await pause(answer.delayMs, signal);
  if (answer.reasoning !== undefined) yield { type: "reasoning-delta", text: answer.reasoning };
  for (const text of answer.deltas ?? splitWords(answer.text ?? "")) {
    signal.throwIfAborted();
    yield { type: "text-delta", text };
  }
  if (answer.error !== undefined) throw answer.error;
  signal.throwIfAborted();
  for (const part of content) if (part.type === "tool-call") yield { type: "tool-call", call: part };
  const usage = { input: 10, output: 5, cacheRead: 0, cacheWrite: 0, reasoning: 0, ...answer.usage };
  const reason = answer.finishReason ?? ((answer.toolCalls ?? []).length === 0 ? "end_turn" : "tool_use");
  yield { type: "finish", reason, usage, message: { role: "assistant", content, model: { provider, id } } };
}

function splitWords(text: string): readonly string[] {
  return text.match(/\s*\S+\s*/g) ?? (text === "" ? [] : [text]);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
  signal.throwIfAborted();
}

function toContent(answer: ScriptedAnswer, nextId: () => string): readonly AssistantPart[] {
  const content: AssistantPart[] = [];
  if (answer.reasoning !== undefined) content.push({ type: "reasoning", text: answer.reasoning });
  const text = answer.text ?? answer.deltas?.join("");
  if (text !== undefined && text !== "") content.push({ type: "text", text });
  for (const { id, name, args = {}, invalidArgs } of answer.toolCalls ?? []) {
    const callId = id ?? nextId();
    if (invalidArgs === undefined) content.push({ type: "tool-call", id: callId, name, args });
    else content.push({ type: "tool-call", id: callId, name, args: undefined, invalidArgs });
  }
  return content;
}
