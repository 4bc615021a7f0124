import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";

import { HarnessError, ProviderError } from "../../../src/errors/index.ts";
import { aiSdk, type AiSdkLanguageModel, type AiSdkVersion } from "../../../src/providers/ai-sdk/index.ts";
import { collect, failure, helloRequest } from "../openai/stream-server.ts";
import { HI, endOf, handMade } from "./hand-made.ts";

const fail = (parts: readonly unknown[], version: AiSdkVersion = "v3"): Promise<unknown> =>
  failure(collect(aiSdk(handMade(parts, { version }))));

describe("aiSdk() throws a retryable ProviderError when the stream", () => {
  it.each([
    ["ends without finish", [HI], "v3"],
    ["holds nothing", [], "v3"],
    ["holds what is no part", [HI, 7, endOf("v3")], "v3"],
    ["holds a call without a name", [{ type: "tool-call", toolCallId: "c", input: "" }, endOf("v3")], "v3"],
    ["was interrupted (v4)", [HI, endOf("v4", "interrupted")], "v4"],
    ["has an unknown reason (v2)", [HI, endOf("v2", "unknown")], "v2"],
    ["ends without the vendor's reason (v3)", [HI, { ...endOf("v3"), finishReason: { unified: "other" } }], "v3"],
    ["ends with an error that nobody told", [HI, endOf("v3", "error")], "v3"],
    ["has no reason at all", [HI, { type: "finish" }], "v3"],
  ] as const)("%s", async (_what, parts, version) => {
    const error = await fail(parts, version);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ provider: "own.chat", isRetryable: true });
  });

  it("takes another reason of the vendor's for what it is", async () => {
    const { finish } = await collect(aiSdk(handMade([HI, endOf("v3", "other")])));
    expect(finish).toMatchObject({ reason: "other", rawReason: "raw_other" });
  });
});

describe("aiSdk() makes a ProviderError of an error part that is", () => {
  const named = (name: string, fields: object = {}) => Object.assign(new Error("the words"), { name, ...fields });

  it.each([
    ["words", "the words", true],
    ["the vendor's object", { type: "overloaded_error", message: "the words" }, true],
    ["the vendor's whole body", { error: { type: "invalid_request_error", message: "the words" } }, false],
    ["the vendor's quota", { code: "insufficient_quota", message: "the words" }, false],
    ["an APICallError that may pass", named("AI_APICallError", { statusCode: 503, isRetryable: true }), true],
    ["an APICallError that stays", named("AI_APICallError", { statusCode: 400, isRetryable: false }), false],
    ["an APICallError without status", named("AI_APICallError", { isRetryable: true }), true],
    ["an APICallError of a whole answer", named("AI_APICallError", { statusCode: 200, isRetryable: false }), true],
    ["a line that is no JSON", named("AI_JSONParseError"), true],
    ["an event of the wrong form", named("AI_TypeValidationError"), true],
    ["something else", named("Error"), false],
  ])("%s", async (_what, error, isRetryable) => {
    const thrown = await fail([HI, { type: "error", error }, endOf("v3", "error")]);
    expect(thrown).toBeInstanceOf(ProviderError);
    expect(thrown).toMatchObject({ isRetryable });
    expect((thrown as Error).message).toContain("the words");
  });
});

describe("aiSdk() makes of what doStream throws", () => {
  const failing = (error: unknown): AiSdkLanguageModel => ({
    ...handMade([]),
    doStream: () => Promise.reject(error as Error),
  });
  const apiCallError = (fields: object) =>
    Object.assign(new Error("slow down"), { name: "AI_APICallError", ...fields });

  it.each([
    [{ statusCode: 429, isRetryable: true, responseHeaders: { "retry-after": "7" } }, 429, true, 7000],
    [{ statusCode: 500, isRetryable: true, responseHeaders: { "retry-after-ms": "9" } }, 500, true, 9],
    [{ statusCode: 401, isRetryable: false }, 401, false, undefined],
    [{ statusCode: 529, isRetryable: false }, 529, false, undefined],
    [
      { statusCode: 429, isRetryable: true, data: { error: { code: "insufficient_quota", message: "quota" } } },
      429,
      false,
      undefined,
    ],
  ])("an APICallError of %j a ProviderError", async (fields, status, isRetryable, retryAfterMs) => {
    const error = await failure(collect(aiSdk(failing(apiCallError(fields)))));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ status, isRetryable, retryAfterMs, message: "slow down" });
  });

  it("a missing key code credentials_missing", async () => {
    const missing = Object.assign(new Error("Set OWN_API_KEY"), { name: "AI_LoadAPIKeyError" });
    const error = await failure(collect(aiSdk(failing(missing))));
    expect(HarnessError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: "credentials_missing", message: "Set OWN_API_KEY" });
  });

  it("an error thrown on the spot a ProviderError", async () => {
    const languageModel: AiSdkLanguageModel = {
      ...handMade([]),
      doStream() {
        throw new TypeError("fetch failed");
      },
    };
    expect(await failure(collect(aiSdk(languageModel)))).toMatchObject({ code: "provider_error", isRetryable: true });
  });

  it("a stream that fails a ProviderError", async () => {
    const languageModel: AiSdkLanguageModel = {
      ...handMade([]),
      doStream: () =>
        Promise.resolve({
          stream: new ReadableStream({ start: (controller) => controller.error(new TypeError("terminated")) }),
        }),
    };
    expect(await failure(collect(aiSdk(languageModel)))).toMatchObject({ code: "provider_error", isRetryable: true });
  });
});

describe("aiSdk() over a model that does not listen to the signal", () => {
  const reason = { own: "reason" };

  it("throws the reason of a signal that is aborted before the call, and calls nothing", async () => {
    const languageModel = handMade([HI, endOf("v3")]);
    const signal = AbortSignal.abort(reason);
    expect(await failure(collect(aiSdk(languageModel), helloRequest, { signal }))).toBe(reason);
    expect(languageModel.calls).toHaveLength(0);
  });

  it("throws the reason before the stream is there, and cancels the stream that comes too late", async () => {
    const controller = new AbortController();
    const languageModel = handMade([HI], { staysOpen: true });
    let arrive = (): void => {};
    const late: AiSdkLanguageModel = {
      ...languageModel,
      async doStream(options) {
        const answer = languageModel.doStream(options);
        await new Promise<void>((resolve) => {
          arrive = resolve;
          controller.abort(reason);
        });
        return await answer;
      },
    };
    const { signal } = controller;
    expect(await failure(collect(aiSdk(late), helloRequest, { signal }))).toBe(reason);
    expect(languageModel.cancelled).toEqual([]);
    arrive();
    await expect.poll(() => languageModel.cancelled).toEqual([reason]);
  });

  it("throws the reason during the answer, and cancels the stream", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const languageModel = handMade([HI], { staysOpen: true });
    const read = async (): Promise<void> => {
      for await (const _part of aiSdk(languageModel).stream(helloRequest, { signal })) {
        setImmediate(() => controller.abort(reason));
      }
    };
    expect(await failure(read())).toBe(reason);
    expect(languageModel.cancelled).toEqual([reason]);
    expect(languageModel.calls[0]?.abortSignal?.reason).toBe(reason);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("cancels the stream when the reader leaves", async () => {
    const { signal } = new AbortController();
    const languageModel = handMade([HI], { staysOpen: true });
    for await (const _part of aiSdk(languageModel).stream(helloRequest, { signal })) break;
    expect(languageModel.cancelled).toHaveLength(1);
    expect(languageModel.calls[0]?.abortSignal?.aborted).toBe(true);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
