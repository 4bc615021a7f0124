import { describe, expect, it } from "vitest";

import type { ModelMessage } from "../../../src/spec/index.ts";
import {
  ask,
  assistant,
  callOf,
  modelFor,
  readAll,
  result,
  sendAll,
  serveEvents,
  toAnswer,
  user,
  type WireMessage,
} from "./conversation.ts";

const HELLO = toAnswer([{ type: "text", text: "Hello" }]);

async function send(messages: readonly ModelMessage[]): Promise<readonly WireMessage[]> {
  return (await sendAll([messages])).messages[0] ?? [];
}

const wireCall = (id: string) => ({ type: "tool_use", id, name: "look", input: { a: 1 } });
const wireResult = (id: string, content: string) => ({ type: "tool_result", tool_use_id: id, content });

describe("anthropic() refuses content that the API does not take", () => {
  it.each([
    ["an image of another type", { type: "image", data: "AAAA", mediaType: "image/tiff" }],
    ["an image without data", { type: "image" }],
    ["an empty image", { type: "image", data: "" }],
    ["a sound", { type: "file", data: "AAAA", mediaType: "audio/mpeg" }],
    ["a text file by address", { type: "file", url: "https://example.com/a.txt", mediaType: "text/plain" }],
  ] as const)("%s", async (_name, part) => {
    await using server = await serveEvents(HELLO);
    const model = modelFor(server);
    const first = user("hello");
    const request = ask({ messages: [first, { role: "user", content: [part] }] });
    await expect(readAll(model, request)).rejects.toMatchObject({ code: "provider_error", isRetryable: false });
    expect(server.requests).toHaveLength(0);
    // The conversation is not spoilt by it.
    await readAll(model, ask({ messages: [first, user("again")] }));
    expect(JSON.parse(server.requests[0]?.text ?? "")).toMatchObject({
      messages: [{ content: [{ text: "hello" }, { text: "again" }] }],
    });
  });
});

describe("anthropic() replays a history", () => {
  it("with signatures, redacted reasoning, citations and opaque blocks as they came", async () => {
    const citations = [{ type: "char_location" }];
    const compaction = { type: "compaction", content: "summary" };
    const caller = { type: "direct" };
    const messages = await send([
      user("hello"),
      assistant([
        { type: "opaque", providerData: compaction },
        { type: "reasoning", text: "hm", providerData: { signature: "sig" } },
        { type: "opaque", providerData: { type: "redacted_thinking", data: "d" } },
        { type: "text", text: "I say", providerData: { citations } },
        { ...callOf("t1"), providerData: { caller } },
      ]),
      result("t1", "seen"),
    ]);
    expect(messages).toEqual([
      { role: "user", content: [{ type: "text", text: "hello" }] },
      {
        role: "assistant",
        content: [
          compaction,
          { type: "thinking", thinking: "hm", signature: "sig" },
          { type: "redacted_thinking", data: "d" },
          { type: "text", text: "I say", citations },
          { ...wireCall("t1"), caller },
        ],
      },
      { role: "user", content: [wireResult("t1", "seen")] },
    ]);
  });

  it("of another model of the vendor without its signatures, and of another vendor without what is its own", async () => {
    const parts = [
      { type: "reasoning", text: "hm", providerData: { signature: "sig" } },
      { type: "opaque", providerData: { type: "redacted_thinking", data: "d" } },
      { type: "opaque", providerData: { type: "server_tool_use" } },
      { type: "text", text: "I say", providerData: { citations: [] } },
    ] as const;
    const other = await send([user("a"), assistant(parts, "anthropic", "claude-other"), user("b")]);
    expect(other[1]?.content).toEqual([{ type: "server_tool_use" }, { type: "text", text: "I say", citations: [] }]);
    const foreign = await send([user("a"), assistant(parts, "openai"), user("b")]);
    expect(foreign[1]?.content).toEqual([{ type: "text", text: "I say" }]);
    const nothing = await send([user("a"), assistant(parts.slice(0, 3), "openai"), user("b")]);
    expect(nothing).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
    ]);
  });

  it("with ids that the API takes, once each, for call and result alike", async () => {
    const turn = (id: string): ModelMessage[] => [assistant([callOf(id)], "other"), result(id, `of ${id}`)];
    const messages = await send([user("a"), ...turn("call_0"), ...turn("call_0"), ...turn("функция:1"), user("b")]);
    const ids = messages.flatMap(({ content }) =>
      content.flatMap((block) => block["id"] ?? block["tool_use_id"] ?? []),
    );
    expect(ids).toHaveLength(6);
    for (let index = 0; index < 6; index += 2) {
      expect(ids[index]).toMatch(/^[a-zA-Z0-9_-]+$/);
      expect(ids[index + 1]).toBe(ids[index]);
    }
    expect(new Set(ids).size).toBe(3);
  });

  it("with one message where several of one side stand together", async () => {
    const messages = await send([
      user("a"),
      user("b"),
      assistant([{ type: "text", text: "c" }]),
      assistant([callOf("t1"), callOf("t2")]),
      result("t1", "1"),
      result("t2", "2"),
      user("d"),
    ]);
    expect(messages.map(({ role, content }) => [role, content.length])).toEqual([
      ["user", 2],
      ["assistant", 3],
      ["user", 3],
    ]);
    expect(messages[2]?.content).toEqual([wireResult("t1", "1"), wireResult("t2", "2"), { type: "text", text: "d" }]);
  });

  it("with a result for each call, before anything else, also where the history has none", async () => {
    const calls = assistant([callOf("t1"), callOf("t2")]);
    const spoken = await send([user("a"), calls, result("t2", "2"), user("b")]);
    expect(spoken[2]?.content).toEqual([
      wireResult("t2", "2"),
      { ...wireResult("t1", "The call was not carried out."), is_error: true },
      { type: "text", text: "b" },
    ]);
    const { messages } = await sendAll([
      [user("a"), calls],
      [user("a"), calls, assistant([{ type: "text", text: "x" }])],
    ]);
    expect(messages[0]?.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(messages[0]?.[2]?.content).toMatchObject([{ tool_use_id: "t1" }, { tool_use_id: "t2" }]);
    expect(messages[1]?.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
  });

  it("takes a result that comes after a request had to make one up", async () => {
    const history = [user("a"), assistant([callOf("t1")])];
    const { messages } = await sendAll([history, [...history, result("t1", "seen")]]);
    expect(messages[1]?.[2]?.content).toEqual([wireResult("t1", "seen")]);
  });

  it("without texts that the API refuses as empty", async () => {
    const messages = await send([
      {
        role: "user",
        content: [
          { type: "text", text: " \n" },
          { type: "text", text: "a" },
        ],
      },
      assistant([{ type: "text", text: "" }, callOf("t1")]),
      result("t1", ""),
    ]);
    expect(messages).toEqual([
      { role: "user", content: [{ type: "text", text: "a" }] },
      { role: "assistant", content: [wireCall("t1")] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t1" }] },
    ]);
  });

  it("with arguments that did not parse as an object that says so", async () => {
    const call = { type: "tool-call", id: "t1", name: "look", args: undefined, invalidArgs: '{"a' } as const;
    const messages = await send([user("a"), assistant([call]), result("t1", "not JSON", true)]);
    expect(messages[1]?.content).toMatchObject([{ input: { invalid_arguments: '{"a' } }]);
    expect(messages[2]?.content).toMatchObject([{ is_error: true, content: "not JSON" }]);
  });

  it("with images and files of people and of tools", async () => {
    const bytes = new Uint8Array([0, 1, 2, 3]).subarray(1);
    const picture = { type: "image", data: bytes, mediaType: "image/webp" } as const;
    const messages = await send([
      {
        role: "user",
        content: [
          { type: "image", data: "AAAA" },
          { type: "image", url: "https://example.com/a.png" },
          { type: "file", data: "AAAA", mediaType: "application/pdf", filename: "a.pdf" },
          { type: "file", url: "https://example.com/a.pdf", mediaType: "application/pdf" },
          { type: "file", data: Buffer.from("é"), mediaType: "text/csv" },
          { type: "file", data: "AAAA", mediaType: "image/gif" },
        ],
      },
      assistant([callOf("t1")]),
      result("t1", [{ type: "text", text: "look" }, picture], true),
    ]);
    expect(messages[0]?.content).toEqual([
      { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
      { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AAAA" }, title: "a.pdf" },
      { type: "document", source: { type: "url", url: "https://example.com/a.pdf" } },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "é" } },
      { type: "image", source: { type: "base64", media_type: "image/gif", data: "AAAA" } },
    ]);
    // The API takes no picture in a result that is marked as an error.
    expect(messages[2]?.content).toEqual([
      {
        type: "tool_result",
        tool_use_id: "t1",
        content: [
          { type: "text", text: "look" },
          { type: "image", source: { type: "base64", media_type: "image/webp", data: "AQID" } },
        ],
      },
    ]);
  });

  it("with output that was cut in the middle of a character", async () => {
    const { texts } = await sendAll([[user("a\ud83d"), assistant([callOf("t1")]), result("t1", "\\ud83d is text")]]);
    expect(texts[0]).toContain("a\ufffd");
    expect(texts[0]).toContain("\\\\ud83d is text");
  });
});

describe("anthropic() histories that do not only grow", () => {
  it("are written anew: a fork, a shorter one, another beginning", async () => {
    const start = user("start");
    const { messages } = await sendAll([
      [start, assistant([{ type: "text", text: "one" }]), user("x")],
      [start, assistant([{ type: "text", text: "two" }]), user("y")],
      [start],
      [user("compacted"), assistant([{ type: "text", text: "two" }]), user("y")],
    ]);
    const texts = messages.map((request) => request.flatMap(({ content }) => content.map((block) => block["text"])));
    expect(texts).toEqual([["start", "one", "x"], ["start", "two", "y"], ["start"], ["compacted", "two", "y"]]);
  });

  it("stay apart when many run at once", async () => {
    await using server = await serveEvents(HELLO);
    const model = modelFor(server);
    const shared = user("shared");
    const runs = Array.from({ length: 10 }, async (_, run) => {
      const messages: ModelMessage[] = [run % 2 === 0 ? shared : user(`start ${run}`)];
      for (let turn = 0; turn < 5; turn += 1) {
        await readAll(model, ask({ messages: [...messages] }));
        messages.push(assistant([{ type: "text", text: `answer ${run} ${turn}` }]), user(`ask ${run} ${turn}`));
      }
    });
    await Promise.all(runs);
    expect(server.requests).toHaveLength(50);
    for (const { text } of server.requests) {
      const said = text.match(/(?:answer|ask) (\d+) \d+/g) ?? [];
      expect(new Set(said.map((words) => words.split(" ")[1])).size).toBeLessThanOrEqual(1);
      expect(() => JSON.parse(text)).not.toThrow();
    }
  });
});
