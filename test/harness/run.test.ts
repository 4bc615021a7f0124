import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { verifyAudit } from "../../src/audit/index.ts";
import { BudgetTracker } from "../../src/budget/index.ts";
import { BudgetExhaustedError, ConfigError, HarnessError, ProviderError } from "../../src/errors/index.ts";
import { createHarness, defineTool, run, unwrap, type Message, type Result, type RunOptions } from "../../src/index.ts";
import { loadSession, memoryStore } from "../../src/session/index.ts";
import { scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-run-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function options(parts: RunOptions = {}): RunOptions {
  return { cwd: folder, env: { HOME: folder, PATH: process.env["PATH"] }, tools: [], ...parts };
}

async function collect(
  messages: AsyncIterable<Message>,
): Promise<{ readonly all: readonly Message[]; readonly result: Result }> {
  const all: Message[] = [];
  for await (const message of messages) all.push(message);
  const result = all.at(-1);
  if (result?.type !== "result") throw new Error("The run did not end with a result");
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_message, index) => index));
  expect(all.filter(({ type }) => type === "result")).toHaveLength(1);
  return { all, result };
}

const note = defineTool({
  name: "Note",
  description: "Keeps a note",
  input: z.object({ text: z.string() }),
  effect: "read",
  durability: "readOnly",
  execute: ({ text }) => `noted ${text}`,
});

const change = defineTool({
  name: "Change",
  description: "Changes something",
  input: z.object({ text: z.string() }),
  effect: "write",
  execute: ({ text }) => `changed ${text}`,
});

function callOf(name: string, text: string): ScriptedStep {
  return { toolCalls: [{ name, args: { text } }] };
}

describe("run() messages", () => {
  it("streams deltas, then the whole text once, then the result", async () => {
    const { all, result } = await collect(run("Hi", options({ model: scriptedModel(["Hello there."]) })));
    const texts = all.filter((message) => message.type === "text");
    expect(texts.map(({ isPartial }) => isPartial)).toEqual([true, true, false]);
    expect(texts.at(-1)).toMatchObject({ text: "Hello there." });
    expect(result).toMatchObject({
      stopReason: "end_turn",
      text: "Hello there.",
      turns: 1,
      toolCalls: 0,
      agent: "main",
    });
    expect(all[0]).toMatchObject({ type: "system", subtype: "session_start", data: { source: "options" } });
  });

  it("shows each tool call and its result, and gives the model the result", async () => {
    const model = scriptedModel([callOf("Note", "a"), "Done."]);
    const { all, result } = await collect(run("Go", options({ model, tools: [note] })));
    expect(all.find(({ type }) => type === "tool_use")).toMatchObject({ name: "Note", args: { text: "a" } });
    expect(all.find(({ type }) => type === "tool_result")).toMatchObject({
      content: "noted a",
      isError: false,
      outcome: "completed",
      decision: { effect: "allow", layer: "permission" },
    });
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({ role: "tool", content: [{ content: "noted a" }] });
    expect(result).toMatchObject({ turns: 2, toolCalls: 1, totalTokens: 30 });
  });

  it("runs calls that only read together and shows their results in the order asked", async () => {
    const order: string[] = [];
    const ended = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const slow = defineTool({
      name: "Slow",
      description: "Waits for the one that was asked after it",
      input: z.object({ id: z.number() }),
      effect: "read",
      durability: "readOnly",
      async execute({ id }) {
        order.push(`start ${id}`);
        await ended[id + 1]?.promise;
        order.push(`end ${id}`);
        ended[id]?.resolve();
        return String(id);
      },
    });
    const calls = [0, 1, 2].map((id) => ({ name: "Slow", args: { id } }));
    const { all } = await collect(
      run("Go", options({ model: scriptedModel([{ toolCalls: calls }, "Done."]), tools: [slow] })),
    );
    expect(order).toEqual(["start 0", "start 1", "start 2", "end 2", "end 1", "end 0"]);
    const results = all.filter((message) => message.type === "tool_result").map(({ content }) => content);
    expect(results).toEqual(["0", "1", "2"]);
  });

  it("runs calls with effects one after another", async () => {
    let running = 0;
    let most = 0;
    const effect = defineTool({
      name: "Effect",
      description: "Has an effect",
      input: z.object({}),
      effect: "write",
      async execute() {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        return "ok";
      },
    });
    const toolCalls = [{ name: "Effect" }, { name: "Effect" }, { name: "Effect" }];
    const model = scriptedModel([{ toolCalls }, "Done."]);
    await collect(run("Go", options({ model, tools: [effect], permissionMode: "bypass" })));
    expect(most).toBe(1);
  });
});

describe("run() ends", () => {
  it("with max_turns when the model goes on, and end_turn when it finishes on the last turn", async () => {
    const endless = () => scriptedModel([callOf("Note", "1"), callOf("Note", "2"), "Done."]);
    const cut = await collect(run("Go", options({ model: endless(), tools: [note], maxTurns: 2 })));
    expect(cut.result).toMatchObject({ stopReason: "max_turns", turns: 2, error: { code: "max_turns" } });
    const whole = await collect(run("Go", options({ model: endless(), tools: [note], maxTurns: 3 })));
    expect(whole.result).toMatchObject({ stopReason: "end_turn", turns: 3 });
  });

  it.each([
    ["max_tokens", "max_tokens"],
    ["refusal", "refusal"],
    ["context_window", "max_tokens"],
    ["other", "error"],
  ] as const)("with the reason for a model that stops by %s", async (finishReason, stopReason) => {
    const { result } = await collect(run("Go", options({ model: scriptedModel([{ text: "Half", finishReason }]) })));
    expect(result).toMatchObject({ stopReason, text: "Half" });
    expect(() => unwrap(result)).toThrow(HarnessError);
  });

  it("never executes a call of an answer that was cut off, and keeps the history whole", async () => {
    const model = scriptedModel([{ toolCalls: [{ name: "Note", args: { text: "a" } }], finishReason: "max_tokens" }]);
    const store = memoryStore();
    const { all, result } = await collect(run("Go", options({ model, tools: [note], session: { id: "s", store } })));
    expect(result).toMatchObject({ stopReason: "max_tokens", toolCalls: 0 });
    expect(all.some(({ type }) => type === "tool_result")).toBe(false);
    const { state } = (await loadSession(store, "s")).fold;
    expect(state.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
    expect(state.openTurn).toBeNull();
  });

  it("with the provider's error, typed and without a throw", async () => {
    const error = new ProviderError("No such model", { provider: "scripted", status: 404, isRetryable: false });
    const current = run("Go", options({ model: scriptedModel([error]) }));
    const { result } = await collect(current);
    expect(result).toMatchObject({ stopReason: "error", error: { code: "provider_error", retryable: false } });
    expect(() => unwrap(result)).toThrow(error);
    await expect(current.text()).rejects.toBe(error);
  });

  it("with an error for a stream that breaks after its first token, without a second attempt", async () => {
    const error = new ProviderError("Connection lost", { provider: "scripted", isRetryable: true });
    const model = scriptedModel([{ text: "Half an ", error }, "Never asked."]);
    const { result } = await collect(run("Go", options({ model })));
    expect(result).toMatchObject({ stopReason: "error", error: { retryable: true } });
    expect(model.requests).toHaveLength(1);
  });

  it("well after a retry before the first token", async () => {
    const error = new ProviderError("Busy", { provider: "scripted", status: 529, isRetryable: true });
    const model = scriptedModel([error, error, "Hello."]);
    const { all, result } = await collect(run("Go", options({ model, retry: { baseDelayMs: 1 } })));
    expect(result).toMatchObject({ stopReason: "end_turn", text: "Hello." });
    expect(all.filter((message) => message.type === "system" && message.subtype === "model_retry")).toHaveLength(2);
  });

  it("with aborted on abort() and on options.signal, whatever the reason", async () => {
    const controller = new AbortController();
    const waiting = () => scriptedModel([{ text: "x", delayMs: 10_000 }]);
    const first = run("Go", options({ model: waiting() }));
    const second = run("Go", options({ model: waiting(), signal: controller.signal }));
    setTimeout(() => {
      first.abort("enough");
      controller.abort(new Error("host stops"));
    }, 20);
    const results = await Promise.all([first.result, second.result]);
    expect(results.map(({ stopReason }) => stopReason)).toEqual(["aborted", "aborted"]);
    await expect(first.text()).rejects.toBe("enough");
    await expect(second.text()).rejects.toThrow("host stops");
  });

  it("with aborted and without a model call when the signal was aborted before", async () => {
    const model = scriptedModel(["Never."]);
    const { result } = await collect(run("Go", options({ model, signal: AbortSignal.abort(new Error("early")) })));
    expect(result).toMatchObject({ stopReason: "aborted", turns: 0 });
    expect(model.requests).toHaveLength(0);
  });

  it("with timeout for the run and for a turn", async () => {
    const waiting = () => scriptedModel([{ text: "x", delayMs: 10_000 }]);
    for (const timeouts of [{ runMs: 30 }, { turnMs: 30 }]) {
      const { result } = await collect(run("Go", options({ model: waiting(), timeouts })));
      expect(result).toMatchObject({ stopReason: "timeout", error: { code: "timeout" } });
    }
  });

  it("with a retryable provider error when the model is silent", async () => {
    const model = scriptedModel([{ text: "x", delayMs: 10_000 }]);
    const { result } = await collect(
      run("Go", options({ model, timeouts: { firstChunkMs: 30 }, retry: { maxRetries: 0 } })),
    );
    expect(result).toMatchObject({ stopReason: "error", error: { code: "provider_error", retryable: true } });
  });

  it("with everything settled when the reader leaves the loop", async () => {
    let wasAborted = false;
    const forever = defineTool({
      name: "Forever",
      description: "Never ends by itself",
      input: z.object({}),
      effect: "read",
      cancel: "cooperative",
      execute: (_input, { signal, emit }) =>
        new Promise((resolve) => {
          emit("begun and at work\n".repeat(1000));
          signal.addEventListener("abort", () => {
            wasAborted = true;
            resolve("stopped");
          });
        }),
    });
    const current = run(
      "Go",
      options({ model: scriptedModel([{ toolCalls: [{ name: "Forever" }] }]), tools: [forever] }),
    );
    for await (const message of current) if (message.type === "tool_progress") break;
    expect(wasAborted).toBe(true);
    await expect(current.result).resolves.toMatchObject({ stopReason: "aborted", turns: 1 });
  });

  it("as stalled only when that is watched", async () => {
    const same = () => scriptedModel([...Array.from({ length: 6 }, () => callOf("Note", "same")), "Done."]);
    const watched = await collect(run("Go", options({ model: same(), tools: [note], stall: { repeats: 4 } })));
    expect(watched.result).toMatchObject({ stopReason: "stalled", turns: 4 });
    expect(watched.all.some((message) => message.type === "system" && message.subtype === "stall_warning")).toBe(true);
    const free = await collect(run("Go", options({ model: same(), tools: [note] })));
    expect(free.result.stopReason).toBe("end_turn");
  });

  it("when 1 000 turns are done, with one result", async () => {
    const steps = Array.from({ length: 999 }, (_none, index) => callOf("Note", String(index)));
    const { result } = await collect(
      run("Go", options({ model: scriptedModel([...steps, "Done."]), tools: [note], maxTurns: 1000 })),
    );
    expect(result).toMatchObject({ stopReason: "end_turn", turns: 1000, toolCalls: 999 });
  });
});

describe("run() gate", () => {
  it("denies what would be asked about when nobody can answer, and tells the model", async () => {
    const model = scriptedModel([callOf("Change", "x"), "I could not."]);
    const { result } = await collect(run("Go", options({ model, tools: [change] })));
    expect(result.denials).toMatchObject([{ name: "Change", decision: { layer: "approval" } }]);
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({ content: [{ isError: true }] });
  });

  it("asks onApproval and goes on as it says", async () => {
    const asked: string[] = [];
    const model = scriptedModel([callOf("Change", "x"), "Done."]);
    const onApproval = ({ name }: { readonly name: string }): boolean => {
      asked.push(name);
      return true;
    };
    const { all, result } = await collect(run("Go", options({ model, tools: [change], onApproval })));
    expect(asked).toEqual(["Change"]);
    expect(result.denials).toEqual([]);
    expect(all.find(({ type }) => type === "approval_request")).toMatchObject({ name: "Change", args: { text: "x" } });
  });

  it("permits nothing but reading in plan mode", async () => {
    const model = scriptedModel([callOf("Change", "x"), callOf("Note", "y"), "Done."]);
    const { all } = await collect(
      run("Go", options({ model, tools: [change, note], permissionMode: "plan", onApproval: () => true })),
    );
    const outcomes = all.filter((message) => message.type === "tool_result").map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["denied", "completed"]);
  });

  it("obeys a policy file that the host names, also in bypass", async () => {
    const policy = join(folder, "policy.yml");
    await writeFile(policy, "version: 1\nrules:\n  - tool: Change\n    decision: deny\n    description: No changes\n");
    const model = scriptedModel([callOf("Change", "x"), "Done."]);
    const { result } = await collect(run("Go", options({ model, tools: [change], policy, permissionMode: "bypass" })));
    expect(result.denials).toMatchObject([{ decision: { layer: "policy", rule: "No changes" } }]);
  });

  it("finds the organisation's policy although the project has none", async () => {
    await mkdir(join(folder, ".harness"));
    await writeFile(
      join(folder, ".harness", "policy.yml"),
      "version: 1\nrules:\n  - tool: Change\n    decision: deny\n",
    );
    const project = join(folder, "project");
    await mkdir(project);
    const model = scriptedModel([callOf("Change", "x"), "Done."]);
    const { result } = await collect(
      run("Go", { ...options({ model, tools: [change], permissionMode: "bypass" }), cwd: project }),
    );
    expect(result.denials).toHaveLength(1);
  });

  it("refuses to start with a policy or a configuration that cannot be used", async () => {
    await writeFile(join(folder, "bad.yml"), "version: 1\nrules:\n  - tool: Bash\n    decision: DENY\n");
    const policy = await run("Go", options({ model: scriptedModel(["x"]), policy: join(folder, "bad.yml") })).result;
    expect(policy).toMatchObject({ stopReason: "error", turns: 0, error: { code: "policy_invalid" } });
    await mkdir(join(folder, ".harness"));
    await writeFile(join(folder, ".harness", "config.toml"), "[permissions]\nmod = 'plan'\n");
    const config = run("Go", options({ model: scriptedModel(["x"]) }));
    await expect(config.text()).rejects.toThrow(/config\.toml:2:1: .*Did you mean "mode"/);
    await expect(createHarness(options({ model: scriptedModel(["x"]) }))).rejects.toBeInstanceOf(ConfigError);
  });

  it("stops when a budget is used up, and tells so", async () => {
    const look = { ...(callOf("Note", "x") as object), usage: { input: 800, output: 100 } };
    const model = scriptedModel(Array.from({ length: 20 }, () => look));
    const budget = new BudgetTracker({ maxTokens: 3000 });
    const current = run("Go", options({ model, tools: [note], budget, maxOutputTokens: 200 }));
    const { all, result } = await collect(current);
    expect(result).toMatchObject({ stopReason: "budget_exhausted", error: { code: "budget_exhausted" } });
    expect(budget.snapshot().tokensUsed).toBeLessThanOrEqual(3000);
    expect(all.some((message) => message.type === "system" && message.subtype === "budget_warning")).toBe(true);
    await expect(current.text()).rejects.toBeInstanceOf(BudgetExhaustedError);
  });

  it("keeps a secret of this process from the model and from the log", async () => {
    const leak = defineTool({
      name: "Leak",
      description: "Leaks",
      input: z.object({}),
      effect: "read",
      execute: (_input, { emit }) => {
        emit("progress sk-live-0123456789abcdef ");
        return "the key is sk-live-0123456789abcdef";
      },
    });
    const env = { HOME: folder, PATH: process.env["PATH"], SERVICE_TOKEN: "sk-live-0123456789abcdef" };
    const model = scriptedModel([{ toolCalls: [{ name: "Leak" }] }, "Done."]);
    const { all } = await collect(run("Go", { ...options({ model, tools: [leak] }), env }));
    expect(JSON.stringify(all)).not.toContain("0123456789abcdef");
    expect(JSON.stringify(model.requests)).not.toContain("0123456789abcdef");
  });

  it("writes an audit log that verifies, for two runs at once in one process", async () => {
    const start = (id: string) =>
      run("Go", options({ model: scriptedModel([callOf("Note", id), "Done."]), tools: [note], session: { id } }))
        .result;
    await Promise.all([start("one"), start("two")]);
    const report = await verifyAudit(join(folder, ".harness", "audit"));
    expect(report).toMatchObject({ ok: true });
    expect(report.files).toHaveLength(2);
  });
});

describe("run() input and output", () => {
  it.each([
    ["permision", {}, /Did you mean "permissions"/],
    ["permisionMode", "plan", /Did you mean "permissionMode"/],
    ["mcpServers", {}, /does not exist in this version/],
  ])("refuses the option %s", (name, value, message) => {
    expect(() => run("Go", { [name]: value } as RunOptions)).toThrow(TypeError);
    expect(() => run("Go", { [name]: value } as RunOptions)).toThrow(message);
  });

  it("refuses values that cannot be meant", () => {
    expect(() => run("", options())).toThrow(TypeError);
    expect(() => run("Go", options({ maxTurns: 0 }))).toThrow(RangeError);
    expect(() => run("Go", options({ permissionMode: "Plan" as "plan" }))).toThrow(/one of default/);
    expect(() => run("Go", options({ timeouts: { toolMs: -1 } }))).toThrow(RangeError);
  });

  it("refuses an unknown built-in tool with the nearest name", async () => {
    const result = await run("Go", options({ model: scriptedModel(["x"]), tools: ["Raed"] })).result;
    expect(result.error?.message).toContain("Raed");
  });

  it("passes images and files on, bytes as base64", async () => {
    const model = scriptedModel(["A cat."]);
    const image = { type: "image", data: new Uint8Array([1, 2, 3]), mediaType: "image/png" } as const;
    await run([{ type: "text", text: "What is it?" }, image], options({ model })).text();
    expect(model.requests[0]?.messages[0]?.content[1]).toMatchObject({ type: "image", data: "AQID" });
  });

  it("gives a validated output, and lets the model correct one that does not fit", async () => {
    const outputSchema = z.object({ n: z.number() });
    const good = run("Go", options({ model: scriptedModel(['{"n":"one"}', '```json\n{"n":1}\n```']), outputSchema }));
    await expect(good.output()).resolves.toEqual({ n: 1 });
    const bad = run("Go", options({ model: scriptedModel(["no", "no", "no"]), outputSchema }));
    await expect(bad.output()).rejects.toMatchObject({ code: "output_invalid" });
  });

  it("delivers steering before the next turn, and says when it came too late", async () => {
    const model = scriptedModel([callOf("Note", "a"), "Done."]);
    const current = run("Go", options({ model, tools: [note] }));
    let receipt: Promise<unknown> | undefined;
    for await (const message of current) {
      if (message.type === "tool_use") receipt = current.steer("Also look at b");
    }
    await expect(receipt).resolves.toEqual({ status: "delivered", turn: 2 });
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({ role: "user", content: [{ text: "Also look at b" }] });
    await expect(current.steer("Too late")).resolves.toMatchObject({ status: "not_delivered" });
  });

  it("refuses what is no text, as a rejection", async () => {
    const current = run("Go", options({ model: scriptedModel(["x"]) }));
    await expect(current.steer(5 as never)).rejects.toThrow(/steer\(\) needs a text/);
    await expect(current.steer(undefined as never)).rejects.toThrow(TypeError);
    await current.result;
  });

  it("goes on when steering comes at the natural end", async () => {
    const model = scriptedModel(["First.", "Second."]);
    const current = run("Go", options({ model }));
    for await (const message of current) {
      if (message.type === "text" && message.text === "First." && message.isPartial) void current.steer("More");
    }
    await expect(current.result).resolves.toMatchObject({ text: "Second.", turns: 2 });
  });

  it("cannot be read twice", async () => {
    const current = run("Go", options({ model: scriptedModel(["x"]) }));
    await collect(current);
    expect(() => current[Symbol.asyncIterator]()).toThrow(TypeError);
  });

  it("costs what the model's prices say, and is unknown when nobody knows them", async () => {
    const usage = { input: 1_000_000, output: 100_000, cacheRead: 0, cacheWrite: 0 };
    const priced = scriptedModel([{ text: "x", usage }], { id: "priced", pricing: { input: 3, output: 15 } });
    const { totalCost, costByModel } = await run("Go", options({ model: priced })).result;
    expect(totalCost).toBeCloseTo(4.5, 9);
    expect(costByModel).toEqual({ priced: 4.5 });
    const { info: _info, ...unpriced } = scriptedModel(["x"], { id: "nobody-knows" });
    await expect(run("Go", options({ model: unpriced })).result).resolves.toMatchObject({ totalCost: undefined });
  });
});

describe("createHarness()", () => {
  it("shares modules between runs, resumes a session and ends what runs on disposal", async () => {
    const model = scriptedModel(["One.", "Two.", { text: "x", delayMs: 10_000 }]);
    const harness = await createHarness(options({ model }));
    const first = harness.run("First");
    await first.text();
    await expect(harness.resume(first.sessionId, "Second").text()).resolves.toBe("Two.");
    expect(model.requests[1]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    const last = harness.run("Third");
    const ended = last.result;
    await harness[Symbol.asyncDispose]();
    await expect(ended).resolves.toMatchObject({ stopReason: "aborted" });
    expect(() => harness.run("Fourth")).toThrow(/disposed/);
  });

  it("answers an approval through its inbox", async () => {
    const model = scriptedModel([callOf("Change", "x"), "Done."]);
    const never = { decide: () => new Promise<boolean>(() => {}) };
    const harness = await createHarness(options({ model, tools: [change], onApproval: never }));
    const current = harness.run("Go");
    for await (const message of current) {
      if (message.type !== "approval_request") continue;
      expect(await harness.approvals.list()).toMatchObject([{ id: message.id, name: "Change" }]);
      expect(await harness.approvals.decide(message.id, "approve")).toMatchObject({ status: "decided" });
    }
    await expect(current.result).resolves.toMatchObject({ stopReason: "end_turn", denials: [] });
    await harness[Symbol.asyncDispose]();
  });

  it("keeps a session with an id across harnesses", async () => {
    await run("My name is Ada", options({ model: scriptedModel(["Hello Ada."]), session: "s1" })).text();
    const model = scriptedModel(["Ada."]);
    const { all } = await collect(run("What is my name?", options({ model, session: "s1" })));
    expect(model.requests[0]?.messages).toHaveLength(3);
    expect(all.find((message) => message.type === "system" && message.subtype === "session_resumed")).toBeDefined();
  });
});
