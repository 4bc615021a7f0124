import type { AiSdkCallOptions, AiSdkLanguageModel, AiSdkVersion } from "../../../src/providers/ai-sdk/index.ts";

/** A language model that a test made by hand. */
export interface HandMade extends AiSdkLanguageModel {
  readonly calls: (AiSdkCallOptions & Record<string, unknown>)[];
  /** Reasons with which its streams were cancelled. */
  readonly cancelled: unknown[];
}

/** Options of `handMade`. */
export interface HandMadeOptions {
  readonly version?: AiSdkVersion;
  /** Leaves the stream open after the parts. */
  readonly staysOpen?: boolean;
  readonly supportedUrls?: Record<string, RegExp[]>;
}

/** A language model that streams these parts. */
export function handMade(parts: readonly unknown[], options: HandMadeOptions = {}): HandMade {
  const { version = "v3", staysOpen = false, supportedUrls } = options;
  const calls: HandMade["calls"] = [];
  const cancelled: unknown[] = [];
  return {
    specificationVersion: version,
    provider: "own.chat",
    modelId: "m1",
    ...(supportedUrls !== undefined && { supportedUrls }),
    calls,
    cancelled,
    doStream(callOptions) {
      calls.push({ ...callOptions });
      const stream = new ReadableStream<unknown>({
        start(controller) {
          for (const part of parts) controller.enqueue(part);
          if (!staysOpen) controller.close();
        },
        cancel: (reason) => void cancelled.push(reason),
      });
      return Promise.resolve({ stream });
    },
  };
}

export const HI = { type: "text-delta", id: "1", delta: "hi" };

/** The end of an answer in each version's form. */
export function endOf(version: AiSdkVersion, reason = "stop"): object {
  if (version === "v2") {
    const usage = { inputTokens: 10, outputTokens: 4, totalTokens: 14, reasoningTokens: 1, cachedInputTokens: 6 };
    return { type: "finish", finishReason: reason, usage };
  }
  return {
    type: "finish",
    finishReason: { unified: reason, raw: `raw_${reason}` },
    usage: {
      inputTokens: { total: 10, noCache: 4, cacheRead: 6, cacheWrite: undefined },
      outputTokens: { total: 4, text: 3, reasoning: 1 },
    },
  };
}
