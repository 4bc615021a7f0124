import { describe, expect, it } from "vitest";

import { google } from "../../../src/providers/google/index.ts";
import type { ModelMessage } from "../../../src/spec/index.ts";
import { collect, failure, helloRequest, replay, sendEvents, startServer } from "../openai/stream-server.ts";
import { END, HI, chunk, sdks } from "./sdks.ts";

for (const { name: sdk, toModel } of sdks) {
  describe(`google() with ${sdk}`, () => {
    const answer = async (chunks: readonly object[], messages: readonly ModelMessage[] = helloRequest.messages) => {
      await using server = await startServer(replay(chunks));
      return await collect(toModel(server.url), { ...helloRequest, messages });
    };

    it("tells thoughts as reasoning and keeps stretches of one kind together", async () => {
      const thought = (text: string) => chunk([{ text, thought: true }]);
      const { parts, text, reasoning, finish } = await answer([thought("I "), thought("think"), HI, HI, END]);
      expect(reasoning).toBe("I think");
      expect(text).toBe("hihi");
      expect(finish.message.content).toEqual([
        { type: "reasoning", text: "I think" },
        { type: "text", text: "hihi" },
      ]);
      expect(parts.map((part) => part.type)).toEqual([
        "reasoning-delta",
        "reasoning-delta",
        "text-delta",
        "text-delta",
        "ping",
        "finish",
      ]);
    });

    it("reads on where every chunk gives a reason, and takes no end but the stream's", async () => {
      const said = (text: string) => chunk([{ text }], { finishReason: "STOP" });
      const { text, finish } = await answer([said("a"), said("b"), said("c"), END]);
      expect([text, finish.reason]).toEqual(["abc", "end_turn"]);
      await using server = await startServer(async (response) => {
        await sendEvents(
          response,
          [said("a"), said("b")].map((event) => JSON.stringify(event)),
        );
        response.destroy();
      });
      const error = await failure(collect(toModel(server.url)));
      expect(error).toMatchObject({ code: "provider_error", isRetryable: true });
    });

    it("never merges a part that has a signature", async () => {
      const signed = { text: "b", thoughtSignature: "c2ln" };
      const { finish } = await answer([chunk([{ text: "a" }, signed, { text: "c" }]), END]);
      expect(finish.message.content).toEqual([
        { type: "text", text: "a" },
        { type: "text", text: "b", providerData: signed },
        { type: "text", text: "c" },
      ]);
    });

    it("keeps what only the vendor understands", async () => {
      const code = { executableCode: { language: "PYTHON", code: "1+1" } };
      const { finish, text } = await answer([chunk([code]), HI, END]);
      expect(text).toBe("hi");
      expect(finish.message.content).toEqual([
        { type: "opaque", providerData: code },
        { type: "text", text: "hi" },
      ]);
    });

    it("gives parallel calls the vendor's ids, and own ones where they lack or repeat", async () => {
      const calls = [
        { functionCall: { id: "abc", name: "look", args: { at: 1 } }, thoughtSignature: "c2ln" },
        { functionCall: { id: "abc", name: "look", args: { at: 2 } } },
        { functionCall: { name: "list" } },
      ];
      const history: ModelMessage[] = [
        ...helloRequest.messages,
        {
          role: "assistant",
          model: { provider: "x", id: "y" },
          content: [{ type: "tool-call", id: "call_0", name: "look", args: {} }],
        },
      ];
      const { finish, parts } = await answer([chunk(calls.slice(0, 1)), chunk(calls.slice(1)), END], history);
      expect(finish.reason).toBe("tool_use");
      const content = finish.message.content.map((part) => ({ ...part, providerData: undefined }));
      expect(content).toEqual([
        { type: "tool-call", id: "abc", name: "look", args: { at: 1 } },
        { type: "tool-call", id: "call_2", name: "look", args: { at: 2 } },
        { type: "tool-call", id: "call_3", name: "list", args: {} },
      ]);
      expect(parts.flatMap((part) => (part.type === "tool-call" ? part.call : []))).toEqual(finish.message.content);
    });

    it("keeps arguments that are no object as text", async () => {
      const { finish } = await answer([chunk([{ functionCall: { name: "look", args: [1] } }]), END]);
      expect(finish.message.content).toMatchObject([{ type: "tool-call", args: undefined, invalidArgs: "[1]" }]);
    });

    it.each([
      ["STOP", "end_turn"],
      ["MAX_TOKENS", "max_tokens"],
      ["SAFETY", "refusal"],
      ["RECITATION", "refusal"],
      ["PROHIBITED_CONTENT", "refusal"],
      ["BLOCKLIST", "refusal"],
      ["SPII", "refusal"],
      ["OTHER", "other"],
      ["SOMETHING_NEW", "other"],
    ])("finishReason %s is %s", async (finishReason, reason) => {
      const { finish } = await answer([HI, chunk([], { finishReason })]);
      expect(finish).toMatchObject({ reason, rawReason: finishReason });
    });

    it.each(["MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL"])(
      "throws a retryable ProviderError for %s",
      async (finishReason) => {
        const error = await failure(answer([HI, chunk([], { finishReason })]));
        expect(error).toMatchObject({ code: "provider_error", isRetryable: true });
        expect((error as Error).message).toContain(finishReason);
      },
    );

    it("takes a prompt that was blocked for a refusal", async () => {
      const usageMetadata = { promptTokenCount: 7 };
      const { finish } = await answer([{ promptFeedback: { blockReason: "SAFETY" }, usageMetadata }]);
      expect(finish).toMatchObject({ reason: "refusal", rawReason: "SAFETY", usage: { input: 7, output: 0 } });
      expect(finish.message.content).toEqual([]);
    });

    it("counts tokens by the last chunk, thoughts and own tools included", async () => {
      const first = { ...HI, usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 } };
      const last = {
        usageMetadata: {
          promptTokenCount: 100,
          toolUsePromptTokenCount: 20,
          cachedContentTokenCount: 60,
          candidatesTokenCount: 10,
          thoughtsTokenCount: 5,
        },
      };
      const { finish } = await answer([first, chunk([], { finishReason: "STOP" }), last]);
      expect(finish.usage).toEqual({ input: 120, output: 15, cacheRead: 60, cacheWrite: 0, reasoning: 5 });
    });

    it("has no usage where the vendor told none", async () => {
      expect((await answer([chunk([{ text: "a" }], { finishReason: "STOP" })])).finish.usage).toBeUndefined();
    });

    it("goes on with a paused answer from its token, with the history as it was", async () => {
      const paused = chunk([{ text: "one " }], { finishReason: "CONTINUATION", continuationToken: "t1" });
      await using server = await startServer(replay([paused]));
      const model = toModel(server.url);
      const first = await collect(model);
      expect(first.finish.reason).toBe("pause_turn");
      const second = await collect(model, {
        ...helloRequest,
        messages: [...helloRequest.messages, first.finish.message],
      });
      await collect(model, {
        ...helloRequest,
        messages: [...helloRequest.messages, first.finish.message, second.finish.message, ...helloRequest.messages],
      });
      const [asked, again, later] = server.requests.map(({ body }) => body);
      expect(again).toEqual({ ...asked, continuationToken: "t1" });
      expect(later?.["continuationToken"]).toBeUndefined();
      expect(later?.["contents"]).toMatchObject([
        { role: "user" },
        { role: "model" },
        { role: "model" },
        { role: "user" },
      ]);
    });
  });
}

it("google() makes no request and imports nothing before the first call", async () => {
  await using server = await startServer(replay([HI, END]));
  const model = google({ model: "gemini-3-pro", baseUrl: server.url, env: {} });
  expect(model).toMatchObject({ provider: "google", id: "gemini-3-pro" });
  expect(server.requests).toHaveLength(0);
});
