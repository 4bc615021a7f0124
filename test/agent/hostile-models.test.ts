import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { ProviderError } from "../../src/errors/index.ts";
import { createHarness, defineTool, run } from "../../src/index.ts";
import type { Hooks, Model, ModelStreamPart, Run, RunOptions } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-agent-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function options(parts: RunOptions = {}): RunOptions {
  return { cwd: folder, env: { HOME: folder }, tools: [], audit: false, config: false, ...parts };
}

function streaming(parts: readonly unknown[]): Model {
  return {
    provider: "odd",
    id: "odd",
    async *stream() {
      yield* parts as readonly ModelStreamPart[];
    },
  };
}

const usage = { input: 1, output: 1, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
const message = { role: "assistant", content: [{ type: "text", text: "Hi" }], model: { provider: "odd", id: "odd" } };
const silent: Hooks = { has: () => true, run: () => new Promise(() => {}) };

describe("run() with a model that is anybody's code", () => {
  it.each([
    ["a reason that nobody knows", [{ type: "finish", reason: "stop", usage, message }]],
    ["nothing as a part", [undefined]],
    ["null as a part", [null]],
    ["a part without a type", [{}]],
    ["a delta without a text", [{ type: "text-delta" }]],
    ["an end without a message", [{ type: "finish", reason: "end_turn", usage }]],
    ["no part at all", []],
  ])("ends with an error for %s", async (_name, parts) => {
    const { result } = run("Go", options({ model: streaming(parts), retry: { maxRetries: 0 } }));
    await expect(result).resolves.toMatchObject({ stopReason: "error", error: expect.anything() });
  });

  it.each([null, undefined, 5, "text"])("says what is wrong with %j in place of a part", async (part) => {
    const { result } = run("Go", options({ model: streaming([part]), retry: { maxRetries: 3 } }));
    const error = { code: "provider_error", message: expect.stringContaining(`gave ${part} in place of a part`) };
    await expect(result).resolves.toMatchObject({ stopReason: "error", error });
  });

  it("ends with an error for an iterator that gives no promises", async () => {
    let pings = 0;
    const next = () => ({ done: (pings += 1) > 3, value: { type: "ping" } });
    const iterator = { next, return: () => ({ done: true }) };
    const stream = () => ({ [Symbol.asyncIterator]: () => iterator });
    const model = { provider: "odd", id: "odd", stream } as unknown as Model;
    const current = run("Go", options({ model, timeouts: { runMs: 200 } }));
    await expect(current.result).resolves.toMatchObject({ stopReason: expect.stringMatching(/error|timeout/) });
  });
});

describe("run() with steering", () => {
  it("ends naturally on the last permitted turn, and says that the message came too late", async () => {
    const current = run("Go", options({ model: scriptedModel(["Done."]), maxTurns: 1 }));
    let receipt: Promise<unknown> | undefined;
    for await (const { type } of current) if (type === "text") receipt ??= current.steer("More");
    await expect(current.result).resolves.toMatchObject({ stopReason: "end_turn", text: "Done." });
    await expect(receipt).resolves.toMatchObject({ status: "not_delivered" });
  });

  it("does not send what is empty, which no vendor takes", async () => {
    const model = scriptedModel(["One.", "Two."]);
    const current = run("Go", options({ model }));
    const receipt = current.steer("  ");
    await current.result;
    await expect(receipt).resolves.toMatchObject({ status: "not_delivered" });
    expect(model.requests[0]?.messages).toHaveLength(1);
  });

  it("answers who steers a run that was disposed before it began", async () => {
    const current = run("Go", options({ model: scriptedModel(["x"]) }));
    const receipt = current.steer("More");
    await current[Symbol.asyncDispose]();
    await expect(receipt).resolves.toMatchObject({ status: "not_delivered" });
  });
});

describe("run() with a reader that stops without leaving", () => {
  const deltas = Array.from({ length: 5000 }, (_, index) => `word${index} `);

  it("ends by disposal of its harness", async () => {
    const harness = await createHarness(options({ model: scriptedModel([{ deltas }]) }));
    const current = harness.run("Go");
    await current[Symbol.asyncIterator]().next();
    await sleep(20);
    await harness[Symbol.asyncDispose]();
    await expect(current.result).resolves.toMatchObject({ stopReason: "aborted" });
  });

  it("goes on when its result is awaited inside the loop", async () => {
    const current = run("Go", options({ model: scriptedModel([{ deltas }]) }));
    let count = 0;
    for await (const part of current) {
      if (count++ === 0) await expect(current.result).resolves.toMatchObject({ stopReason: "end_turn" });
      expect(part.seq).toBe(count - 1);
    }
    expect(count).toBeGreaterThan(deltas.length);
  });
});

describe("run() with hooks that never answer", () => {
  it.each(["sessionStart", "beforePrompt", "beforeModelCall", "afterModelCall", "sessionEnd"])(
    "ends when it is aborted during %s",
    async (event) => {
      const hooks: Hooks = {
        ...silent,
        has: (name) => name === event,
        run(...asked) {
          setTimeout(() => current.abort(), 10);
          return silent.run(...asked);
        },
      };
      const current: Run = run("Go", options({ model: scriptedModel(["Done."]), hooks }));
      const ended = await current.result;
      // Whoever only observes does not take a whole answer away.
      const isObserver = event === "afterModelCall" || event === "sessionEnd";
      expect(ended.stopReason).toBe(isObserver ? "end_turn" : "aborted");
    },
  );
});

describe("run() errors", () => {
  it("gives a result for a reason that cannot be written", async () => {
    const reason: unknown = Object.create(null);
    const current = run("Go", options({ model: scriptedModel([{ text: "x", delayMs: 5000 }]) }));
    setTimeout(() => current.abort(reason), 10);
    await expect(current.result).resolves.toMatchObject({ stopReason: "aborted", error: { code: "aborted" } });
    await expect(current.text()).rejects.toBe(reason);
  });

  it("shows no secret of this process in its messages", async () => {
    const secret = "abcdefgh-0123456789-secret";
    const text = `Invalid API key: ${secret}`;
    const error = new ProviderError(text, { provider: "odd", isRetryable: true, status: 503 });
    const env = { HOME: folder, PROXY_API_KEY: secret };
    const retry = { maxRetries: 1, baseDelayMs: 1 };
    const all: unknown[] = [];
    const current = run("Go", options({ model: scriptedModel([error, error]), env, retry }));
    for await (const part of current) all.push(part);
    expect(JSON.stringify(all)).not.toContain(secret);
    expect(JSON.stringify(all)).toContain("Invalid API key");
    await expect(current.text()).rejects.toBe(error);
  });

  it("keeps the keys of options and configuration from the model", async () => {
    const key = "my-own-key-0123456789";
    const tool = defineTool({
      name: "Leak",
      description: "Leaks",
      input: z.object({}),
      effect: "read",
      execute: () => `the key is ${key}`,
    });
    const model = scriptedModel([{ toolCalls: [{ name: "Leak" }] }, "Done."]);
    await run("Go", options({ model, tools: [tool], apiKey: key })).text();
    expect(JSON.stringify(model.requests)).not.toContain(key);
  });

  it("takes a tool with a schema that refers to itself", async () => {
    const node = z.object({
      name: z.string(),
      get children() {
        return z.array(node);
      },
    });
    const tool = defineTool({ name: "Tree", description: "A tree", input: node, effect: "read", execute: () => "ok" });
    const model = scriptedModel([{ toolCalls: [{ name: "Tree", args: { name: "a", children: [] } }] }, "Done."]);
    await expect(run("Go", options({ model, tools: [tool] })).text()).resolves.toBe("Done.");
  });
});
