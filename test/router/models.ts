import { ProviderError } from "../../src/errors/index.ts";
import type { Model, ModelCallOptions, ModelRequest, ModelStreamPart } from "../../src/spec/index.ts";

/** A request with one prompt. */
export function ask(text = "Say hello", parts: Partial<ModelRequest> = {}): ModelRequest {
  return { messages: [{ role: "user", content: [{ type: "text", text }] }], tools: [], ...parts };
}

export const text = (delta: string): ModelStreamPart => ({ type: "text-delta", text: delta });

export const finish: ModelStreamPart = {
  type: "finish",
  reason: "end_turn",
  usage: undefined,
  message: { role: "assistant", content: [], model: { provider: "p", id: "m" } },
};

/** An error that may go away. */
export function busy(options: { readonly retryAfterMs?: number } = {}): ProviderError {
  return new ProviderError("busy", { provider: "p", status: 529, isRetryable: true, ...options });
}

/** A model by hand: each call takes the next step, the last one again and again. */
export function handMade(
  steps: readonly ((signal: AbortSignal) => AsyncIterable<ModelStreamPart>)[],
  { provider = "p", id = "m" }: { readonly provider?: string; readonly id?: string } = {},
): Model & { readonly calls: readonly ModelCallOptions[] } {
  const calls: ModelCallOptions[] = [];
  return {
    provider,
    id,
    calls,
    stream(_request, options) {
      calls.push(options);
      const step = steps[Math.min(calls.length, steps.length) - 1];
      if (step === undefined) throw new Error("A model needs a step");
      return step(options.signal);
    },
  };
}

/** Everything that a model streams. */
export async function readAll(stream: AsyncIterable<ModelStreamPart>): Promise<readonly ModelStreamPart[]> {
  const parts: ModelStreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

/** The text of what a model streams. */
export function textOf(parts: readonly ModelStreamPart[]): string {
  return parts.map((part) => (part.type === "text-delta" ? part.text : "")).join("");
}
