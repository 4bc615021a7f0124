import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { ProviderError, isContextExceeded } from "../../src/errors/index.ts";
import { createHarness, defineTool, run, type Message, type Result, type RunOptions } from "../../src/index.ts";
import { createStop } from "../../src/agent/index.ts";
import { systemClock, systemRandom } from "../../src/async/index.ts";
import { openSession } from "../../src/harness/open-session.ts";
import { createFold, loadSession, memoryStore, readEvent } from "../../src/session/index.ts";
import type { Model, ModelRequest, SessionEvent, SessionState, StoredEvent } from "../../src/spec/index.ts";
import { memoryAudit, type ScriptedAnswer } from "../../src/testing/index.ts";
import { countingModel, expectTakeable } from "./counting-model.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-compaction-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const look = defineTool({
  name: "Look",
  description: "Looks at something large",
  input: z.object({ n: z.number() }),
  effect: "read",
  execute: ({ n }) => `${n}: ${"data ".repeat(800)}`,
});

function options(model: Model, parts: RunOptions = {}): RunOptions {
  return {
    model,
    cwd: folder,
    env: { HOME: folder, PATH: process.env["PATH"] },
    audit: false,
    tools: [look],
    maxOutputTokens: 500,
    retry: { maxRetries: 0 },
    ...parts,
  };
}

async function play(model: Model, parts: RunOptions = {}) {
  const messages: Message[] = [];
  for await (const message of run("Find the answer", options(model, parts))) messages.push(message);
  return { messages, result: messages.at(-1) as Result };
}

const lookTurns =
  (count: number) =>
  (_request: ModelRequest, turn: number): string | ScriptedAnswer =>
    turn <= count
      ? { text: `looking ${turn}`, toolCalls: [{ name: "Look", args: { n: turn }, id: `look_${turn}` }] }
      : "Found it.";

describe("a history that comes near the context window", () => {
  it("loses old results first, and only then becomes a summary; requests stay below the window and pairs whole", async () => {
    const model = countingModel(lookTurns(30), { contextWindow: 12_000 });
    const { messages, result } = await play(model);
    expect(result).toMatchObject({ text: "Found it.", stopReason: "end_turn", turns: 31 });
    const trims = messages.filter((message) => message.type === "system" && message.subtype === "context_trimmed");
    const compactions = messages.filter((message) => message.type === "compaction");
    expect(trims.length).toBeGreaterThan(0);
    expect(messages.indexOf(trims[0] as Message)).toBeLessThan(
      messages.indexOf((compactions[0] ?? messages.at(-1)) as Message),
    );
    for (const request of model.requests) {
      expectTakeable(request.messages);
      expect(JSON.stringify(request.messages).length / 4).toBeLessThan(12_000);
      expect(JSON.stringify(request.messages)).toContain("Find the answer");
    }
  });

  it("only grows between two such steps, so that a vendor's cache of it stays good", async () => {
    const model = countingModel(lookTurns(30), { contextWindow: 12_000 });
    const { messages } = await play(model);
    let breaks = 0;
    for (const [index, request] of model.requests.entries()) {
      const before = model.requests[index - 1];
      if (before !== undefined && before.messages.some((message, at) => request.messages[at] !== message)) breaks += 1;
    }
    const steps = messages.filter(
      (message) =>
        message.type === "compaction" || (message.type === "system" && message.subtype === "context_trimmed"),
    );
    expect(breaks).toBeLessThanOrEqual(steps.length);
    expect(breaks).toBeLessThan(model.requests.length / 3);
  });

  it("is paid from the same budget, counted, on record, and heard by hooks", async () => {
    const audit = memoryAudit();
    const heard: string[] = [];
    const model = countingModel(
      (_, turn) =>
        turn <= 3 ? { text: "word ".repeat(6000), toolCalls: [{ name: "Look", args: { n: turn } }] } : "Done.",
      {
        contextWindow: 12_000,
      },
    );
    const { messages, result } = await play(model, {
      audit,
      hooks: [
        { event: "beforeCompaction", run: ({ tokens }) => void heard.push(`before ${tokens > 0}`) },
        {
          event: "afterCompaction",
          run: ({ tokensBefore, tokensAfter }) => void heard.push(`after ${tokensAfter < tokensBefore}`),
        },
      ],
    });
    const compactions = messages.filter((message) => message.type === "compaction");
    expect(compactions.length).toBeGreaterThan(0);
    for (const { summary, tokensBefore, tokensAfter } of compactions) {
      expect(summary).toContain("use plan B");
      expect(summary).toContain("Find the answer");
      expect(tokensAfter).toBeLessThan(tokensBefore);
    }
    expect(heard).toEqual(compactions.flatMap(() => ["before true", "after true"]));
    const calls = [...model.requests, ...model.summaries];
    expect(result.usage.output).toBe(20 * calls.length);
    expect(
      audit.records.filter(({ type, data }) => type === "model_call" && data["purpose"] === "compaction"),
    ).toHaveLength(model.summaries.length);
    expect(audit.records.filter(({ type }) => type === "compaction")).toHaveLength(compactions.length);

    const broke = await play(countingModel(lookTurns(30), { contextWindow: 12_000 }), {
      budget: { maxTokens: 40_000 },
    });
    expect(broke.result.totalTokens).toBeLessThanOrEqual(40_000);
  });

  it("has its cost in the journal before the run ends, and counts in full where the process died on the way", async () => {
    const store = memoryStore();
    const model = countingModel(
      (_, turn) =>
        turn <= 3 ? { text: "word ".repeat(6000), toolCalls: [{ name: "Look", args: { n: turn } }] } : "Done.",
      { contextWindow: 12_000 },
    );
    const { result } = await play(model, { session: { store, id: "s" } });
    expect(model.summaries.length).toBeGreaterThan(0);
    const events: StoredEvent[] = [];
    for await (const event of store.read("s")) events.push(event);
    const spentAfter = (count: number): SessionState => {
      const fold = createFold();
      for (const event of events.slice(0, count)) fold.apply(event as unknown as SessionEvent);
      return fold.state;
    };
    const charges = events.filter(({ type }) => type === "model-charged");
    expect(charges).toHaveLength(model.summaries.length);
    for (const { data } of charges) expect(data).toMatchObject({ purpose: "compaction" });

    const end = events.findIndex(({ type }) => type === "run-ended");
    expect(spentAfter(end).spent.tokens).toBe(result.totalTokens);
    expect(spentAfter(end + 1).spent).toEqual(spentAfter(end).spent);

    // The process dies while the summary is written: what was held for it counts.
    const first = events.findIndex(({ data }) => data["purpose"] === "compaction");
    expect(events[first]?.type).toBe("model-intent");
    const { spent, openModelCall } = spentAfter(first + 1);
    const left = memoryStore();
    await left.append("t", 0, events.slice(0, first + 1));
    const opened = await openSession("t", {
      store: left,
      clock: systemClock,
      random: systemRandom,
      stop: createStop(),
      overheadChars: 0,
      expect: "anything",
      definition: {},
      mayMigrate: false,
      mayRetryStuck: false,
    });
    await opened.journal.close();
    expect(openModelCall?.reserved.tokens).toBeGreaterThan(0);
    expect(opened.spent.tokens).toBe(spent.tokens + (openModelCall?.reserved.tokens ?? 0));
  });

  it("keeps task and facts when the model cannot summarise", async () => {
    const model = countingModel(
      (_, turn) =>
        turn <= 4 ? { text: "word ".repeat(5000), toolCalls: [{ name: "Look", args: { n: turn } }] } : "Done.",
      {
        contextWindow: 12_000,
        summary: new ProviderError("overloaded", { provider: "test", status: 529, isRetryable: false }),
      },
    );
    const { messages, result } = await play(model);
    expect(result.stopReason).toBe("end_turn");
    const compaction = messages.find((message) => message.type === "compaction");
    expect(compaction?.summary).toContain("Find the answer");
  });

  it("is left alone with compaction: false, and with a model whose window nobody knows", async () => {
    for (const [window, parts] of [
      [12_000, { compaction: false }],
      [undefined, {}],
    ] as const) {
      const model = countingModel(lookTurns(12), window === undefined ? {} : { contextWindow: window });
      const { messages } = await play(model, parts);
      expect(messages.some(({ type }) => type === "compaction")).toBe(false);
      expect(model.requests.at(-1)?.messages).toHaveLength(25);
    }
  });

  it("is not summarised again and again when it cannot become smaller", async () => {
    const small = defineTool({ ...look, name: "Small", execute: () => "small" });
    const model = countingModel(
      (_, turn) => (turn <= 20 ? { toolCalls: [{ name: "Small", args: { n: turn } }] } : "Done."),
      { contextWindow: 3000 },
    );
    // The system prompt alone is above the limit: nothing that is done to the history helps.
    const { messages, result } = await play(model, { systemPrompt: "word ".repeat(2200), tools: [small] });
    expect(result.stopReason).toBe("end_turn");
    const compactions = messages.filter((message) => message.type === "compaction");
    for (const { tokensBefore, tokensAfter } of compactions) expect(tokensAfter).toBeLessThan(tokensBefore);
    expect(compactions.length).toBeLessThan(8);
    // Nor is the model asked for summaries that would not help.
    expect(model.requests.length).toBeLessThan(21 + 8);
  });
});

describe("a provider that refuses a history for its length", () => {
  const refusal = (): ProviderError =>
    new ProviderError("prompt is too long: 213462 tokens > 200000 maximum", {
      provider: "test",
      status: 400,
      isRetryable: false,
    });

  it("gets it once more, shorter", async () => {
    let refused = 0;
    const model = countingModel((request, turn) => {
      if (JSON.stringify(request.messages).length > 30_000) {
        refused += 1;
        return refusal();
      }
      return lookTurns(20)(request, turn);
    });
    const { messages, result } = await play(model);
    expect(result).toMatchObject({ text: "Found it.", stopReason: "end_turn" });
    expect(refused).toBeGreaterThan(0);
    expect(messages.filter(({ type }) => type === "compaction")).toHaveLength(refused);
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index));
  });

  it("is not asked a third time in a turn, nor where compaction is off", async () => {
    const always = (): ReturnType<typeof countingModel> => countingModel(() => refusal());
    const model = always();
    const prompt = "x".repeat(200_000);
    const result = await run(prompt, options(model)).result;
    expect(result).toMatchObject({ stopReason: "error", error: { code: "provider_error" } });
    expect(model.requests).toHaveLength(2);
    const off = always();
    await run(prompt, options(off, { compaction: false })).result;
    expect(off.requests).toHaveLength(1);
  });

  it("and one that ends an answer since the window is full goes on", async () => {
    const model = countingModel((_, turn) => {
      if (turn <= 8) return lookTurns(8)(_, turn);
      return turn === 9 ? { text: "The answer is", finishReason: "context_window" } : "forty-two.";
    });
    const { result } = await play(model);
    expect(result).toMatchObject({ text: "forty-two.", stopReason: "end_turn" });
  });

  it.each([
    ["prompt is too long: 213462 tokens > 200000 maximum", 400],
    ["This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.", 400],
    ["Your input exceeds the context window of this model. Please adjust your input and try again.", 400],
    ["The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", 400],
    ["Please reduce the length of the messages or completion.", 413],
    ["context_length_exceeded", undefined],
    ["Input is too long for requested model.", 400],
  ])("says so in many ways: %s", (message, status) => {
    const known = status === undefined ? {} : { status };
    expect(isContextExceeded(new ProviderError(message, { provider: "x", isRetryable: false, ...known }))).toBe(true);
  });

  it.each([
    ["Invalid API key", 401],
    ["max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens", 400],
    ["prompt is too long", 500],
    ["Rate limit reached: too many tokens per minute", 429],
  ])("is not meant by: %s", (message, status) => {
    expect(isContextExceeded(new ProviderError(message, { provider: "x", isRetryable: false, status }))).toBe(false);
    expect(isContextExceeded(new Error(message))).toBe(false);
  });
});

describe("run.compact()", () => {
  it("makes the history shorter at the next border of a turn and tells how far", async () => {
    const model = countingModel(lookTurns(6), { contextWindow: 8_000 });
    const current = run("Find the answer", options(model, { compaction: false }));
    let receipt: ReturnType<typeof current.compact> | undefined;
    const messages: Message[] = [];
    for await (const message of current) {
      messages.push(message);
      if (message.type === "tool_result" && message.toolUseId === "look_5") receipt = current.compact();
    }
    await expect(receipt).resolves.toMatchObject({ status: "compacted" });
    expect(messages.filter(({ type }) => type === "compaction")).toHaveLength(1);
    await expect(current.compact()).resolves.toEqual({ status: "not_compacted", reason: "The run has ended" });
  });

  it("makes it shorter also where the window could hold far more", async () => {
    const model = countingModel(lookTurns(6), { contextWindow: 1_000_000 });
    const current = run("Find the answer", options(model));
    let receipt: ReturnType<typeof current.compact> | undefined;
    for await (const message of current) {
      if (message.type === "tool_result" && message.toolUseId === "look_5") receipt = current.compact();
    }
    const done = await receipt;
    expect(done).toMatchObject({ status: "compacted" });
    if (done?.status === "compacted") expect(done.tokensAfter).toBeLessThan(done.tokensBefore / 2);
  });

  it("leaves a history alone that would become longer", async () => {
    const steps = ["One.", "Two.", "Three."];
    const store = memoryStore();
    for (const prompt of ["a", "b"]) {
      await run(
        prompt,
        options(
          countingModel(() => steps.shift() ?? ""),
          { session: { id: "s", store } },
        ),
      ).result;
    }
    const current = run(
      "c",
      options(
        countingModel(() => "Three."),
        { session: { id: "s", store } },
      ),
    );
    const receipt = current.compact();
    await current.result;
    await expect(receipt).resolves.toEqual({ status: "not_compacted", reason: "It would not become shorter" });
  });

  it("has nothing to do for a short history", async () => {
    const current = run("Hi", options(countingModel(() => "Hello.")));
    const receipt = current.compact();
    await current.result;
    await expect(receipt).resolves.toMatchObject({ status: "not_compacted" });
  });
});

describe("a compacted session", () => {
  it("goes on with the shorter history, and keeps what was taken out", async () => {
    const store = memoryStore();
    const model = countingModel(lookTurns(30), { contextWindow: 12_000 });
    await using harness = await createHarness(options(model, { session: store }));
    const first = harness.run("Find the answer");
    await first.result;
    const last = model.requests.at(-1)?.messages ?? [];
    // Nothing else is done to it there.
    await using other = await createHarness(options(model, { session: store, compaction: false }));
    await other.resume(first.sessionId, "And now?").result;
    const resumed = model.requests.at(-1)?.messages ?? [];
    expect(JSON.stringify(resumed.slice(0, last.length))).toBe(JSON.stringify(last));
    const events: string[] = [];
    let kept = 0;
    for await (const { type, data } of store.read(first.sessionId)) {
      events.push(type);
      if (type === "tool-result" && JSON.stringify(data).length > 3500) kept += 1;
    }
    expect(events).toContain("history-compacted");
    expect(kept).toBe(30);
  });

  it("gets back what was taken out, unless somebody works on it", async () => {
    const store = memoryStore();
    const model = countingModel(lookTurns(6), { contextWindow: 9_000 });
    const undone: unknown[] = [];
    const tryUndo = async (sessionId: string): Promise<void> => {
      await harness.sessions.undoCompaction(sessionId).catch((error: unknown) => undone.push(error));
    };
    const hooks: RunOptions["hooks"] = [{ event: "beforeModelCall", run: ({ sessionId }) => tryUndo(sessionId) }];
    await using harness = await createHarness(options(model, { session: store, compaction: false, hooks }));
    const first = harness.run("Find the answer");
    await first.result;
    const before = model.requests.at(-1)?.messages.length ?? 0;
    const second = harness.resume(first.sessionId, "Shorter, please");
    const receipt = second.compact();
    await expect(harness.sessions.undoCompaction(first.sessionId)).resolves.toBe(false);
    await second.result;
    await expect(receipt).resolves.toMatchObject({ status: "compacted" });
    expect(model.requests.at(-1)?.messages.length).toBeLessThan(before);

    await expect(harness.sessions.undoCompaction(first.sessionId)).resolves.toBe(true);
    await expect(harness.sessions.undoCompaction(first.sessionId)).resolves.toBe(false);
    const third = harness.resume(first.sessionId, "All of it");
    undone.length = 0;
    await third.result;
    expect(undone).toMatchObject([{ code: "session_conflict" }]);
    const whole = model.requests.at(-1)?.messages ?? [];
    // Everything before, the answer to it, and two more prompts with one answer.
    expect(whole).toHaveLength(before + 4);
    expectTakeable(whole);
  });

  it("gets back all of it, step by step, however often it was made shorter", async () => {
    const store = memoryStore();
    await using harness = await createHarness(
      options(countingModel(lookTurns(40), { contextWindow: 9_000 }), { session: store }),
    );
    const { sessionId, result } = harness.run("Find the answer");
    await result;
    const whole = createFold();
    let steps = 0;
    for await (const stored of store.read(sessionId)) {
      const event = readEvent(stored, sessionId);
      if (event?.type === "history-compacted") steps += 1;
      else if (event !== undefined) whole.apply(event);
    }
    expect(steps).toBeGreaterThan(2);
    for (let undone = 0; undone < steps; undone += 1) {
      expect(await harness.sessions.undoCompaction(sessionId)).toBe(true);
    }
    expect(await harness.sessions.undoCompaction(sessionId)).toBe(false);
    expect((await loadSession(store, sessionId)).fold.state.messages).toEqual(whole.state.messages);
  });

  it("keeps the list of things to do where any process can read it", async () => {
    const store = memoryStore();
    const todos = [{ content: "one", status: "in_progress" }];
    const model = countingModel((_, turn) =>
      turn === 1 ? { toolCalls: [{ name: "TodoWrite", args: { todos } }] } : "Done.",
    );
    const current = run("Go", options(model, { session: { id: "s", store }, tools: ["TodoWrite"] }));
    await current.result;
    const found: unknown[] = [];
    for await (const { type, data } of store.read("s")) if (type === "todos-set") found.push(data["todos"]);
    expect(found).toEqual([todos]);
  });
});

describe("options of compaction", () => {
  it.each([
    [{ threshold: 0 }, /threshold/],
    [{ threshold: 1 }, /threshold/],
    [{ keep: 0.9 }, /below compaction.threshold/],
    [{ treshold: 0.5 }, /Did you mean "threshold"/],
  ])("that make no sense are refused: %j", (compaction, message) => {
    expect(() =>
      run(
        "Hi",
        options(
          countingModel(() => "x"),
          { compaction: compaction as never },
        ),
      ),
    ).toThrow(message);
  });
});
