import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { BudgetTracker, openLedger } from "../../src/budget/index.ts";
import { ProviderError } from "../../src/errors/index.ts";
import { createHarness, run, type RunOptions } from "../../src/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import { memoryAudit, scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";
import { messagesOf, openStage, readStory, subtypesOf, weatherTool } from "./stage.ts";

/** One dollar for a million tokens, in and out. */
const PRICED = { pricing: { input: 1, output: 1 } };
const ask: ScriptedStep = { toolCalls: [{ name: "Weather", args: { city: "Oslo" } }] };

describe("run() at the limit of its budget", () => {
  it("stops, tells what was used, and goes on in the session with a fresh budget", async () => {
    await using stage = await openStage();
    const { tool, asked } = weatherTool();
    const store = memoryStore();
    const model = scriptedModel([ask, ask, "Cold."], PRICED);
    const session = { id: "s1", store };
    const options = stage.options({ model, tools: [tool], session, audit: false });
    const { result } = await readStory(run("Go", { ...options, budget: { maxTurns: 1 } }));
    expect(result).toMatchObject({
      stopReason: "budget_exhausted",
      turns: 1,
      totalTokens: 15,
      error: { code: "budget_exhausted" },
    });
    expect(asked).toEqual(["Oslo"]);
    const { result: next } = await readStory(run("Go on", { ...options, budget: { maxTurns: 2 } }));
    expect(next).toMatchObject({ stopReason: "end_turn", text: "Cold." });
  });

  it("never begins a call whose worst case does not fit, at the dearest price that may apply", async () => {
    await using stage = await openStage();
    const pricing = { input: 1, output: 1, cacheWrite: 100, tiers: [{ inputTokensAbove: 1, input: 50, output: 500 }] };
    const model = scriptedModel(["Never said."], { pricing });
    const { result } = await readStory(
      run("Go", stage.options({ model, audit: false, maxOutputTokens: 10, budget: { maxCost: 0.000_3 } })),
    );
    expect(result.stopReason).toBe("budget_exhausted");
    expect(model.requests).toHaveLength(0);
  });

  it("ends the run when the tool calls are used up, with the refusal on record", async () => {
    await using stage = await openStage();
    const { tool, asked } = weatherTool();
    const model = scriptedModel([ask, ask, ask], PRICED);
    const story = await readStory(
      run("Go", stage.options({ model, tools: [tool], audit: false, budget: { maxToolCalls: 1 } })),
    );
    expect(asked).toEqual(["Oslo"]);
    expect(messagesOf(story, "tool_result").map(({ outcome }) => outcome)).toEqual(["completed", "denied"]);
    expect(story.result).toMatchObject({ stopReason: "budget_exhausted", turns: 2 });
  });

  it("ends a model that is silent when the time is used up", async () => {
    await using stage = await openStage();
    const model = scriptedModel([{ text: "Late.", delayMs: 60_000 }]);
    const { result } = await readStory(run("Go", stage.options({ model, audit: false, budget: { maxWallMs: 50 } })));
    expect(result).toMatchObject({ stopReason: "budget_exhausted", error: { code: "budget_exhausted" } });
  });

  it("refuses a cost budget on a model without a price, with the ways out, and runs without one with an unknown cost", async () => {
    await using stage = await openStage();
    const model = { ...scriptedModel(["Hello.", "Hello."]), info: { id: "odd", provider: "scripted" } };
    const refused = await readStory(run("Go", stage.options({ model, audit: false, budget: { maxCost: 5 } })));
    expect(refused.result.error?.message).toMatch(/price.*maxTokens/);
    const { result } = await readStory(
      run("Go", stage.options({ model, audit: false, budget: { maxTokens: 100_000 } })),
    );
    expect(result).toMatchObject({ stopReason: "end_turn", totalCost: undefined });
  });
});

describe.each(["manual", "cost_optimized", "quality_first", "latency_first", undefined])(
  "[router] strategy %s",
  (strategy) => {
    it.each([
      ["max_tokens_per_session = 60", "token"],
      ["max_cost_per_session = 0.00006", "cost"],
    ])("keeps to %s over the runs of a session", async (limit, dimension) => {
      await using stage = await openStage();
      await mkdir(join(stage.folder, ".harness"));
      const chosen = strategy === undefined ? "" : `strategy = "${strategy}"\n`;
      await writeFile(join(stage.folder, ".harness", "config.toml"), `[router]\n${chosen}${limit}\n`);
      const store = memoryStore();
      const reasons: string[] = [];
      for (let index = 0; index < 6; index += 1) {
        const model = scriptedModel([{ text: "Hi.", usage: { input: 5, output: 10 } }], PRICED);
        const parts = { model, audit: false, maxOutputTokens: 10, session: { id: "s", store } } as const;
        const { result } = await readStory(run("Go", stage.options(parts)));
        reasons.push(result.stopReason);
        if (result.stopReason === "budget_exhausted") expect(result.error?.message).toContain(dimension);
      }
      expect(reasons[0]).toBe("end_turn");
      expect(reasons.at(-1)).toBe("budget_exhausted");
      expect(reasons.filter((reason) => reason === "end_turn").length).toBeLessThanOrEqual(4);
    });
  },
);

describe("run() with a budget that asks", () => {
  function asking(answers: readonly unknown[], parts: RunOptions = {}): RunOptions & { readonly questions: string[] } {
    const questions: string[] = [];
    const left = [...answers];
    return {
      ...parts,
      questions,
      onApproval: async ({ reason }) => {
        questions.push(reason);
        const answer = left.shift();
        if (answer instanceof Error) throw answer;
        // What approvers really answer may be anything.
        return answer as boolean;
      },
    };
  }

  it.each([
    ["refuses", [false]],
    ["fails", [new Error("no")]],
    ["answers nonsense", ["maybe"]],
  ])("stops when the person %s", async (_how, answers) => {
    await using stage = await openStage();
    const model = scriptedModel([ask, "Never said."], PRICED);
    const { tool } = weatherTool();
    const { questions, ...options } = asking(answers, { model, tools: [tool], audit: false });
    const { result } = await readStory(
      run("Go", stage.options({ ...options, budget: { maxTurns: 1, onLimit: "ask" } })),
    );
    expect(questions).toHaveLength(1);
    expect(result.stopReason).toBe("budget_exhausted");
    expect(model.requests).toHaveLength(1);
  });

  it("stops when nobody can answer", async () => {
    await using stage = await openStage();
    const model = scriptedModel([ask, "Never said."], PRICED);
    const { result } = await readStory(
      run(
        "Go",
        stage.options({ model, tools: [weatherTool().tool], audit: false, budget: { maxTurns: 1, onLimit: "ask" } }),
      ),
    );
    expect(result.stopReason).toBe("budget_exhausted");
  });

  it("goes on for one more window each time it is allowed, for model calls and for tool calls", async () => {
    await using stage = await openStage();
    const model = scriptedModel([ask, ask, "Cold."], PRICED);
    const { tool, asked } = weatherTool();
    const audit = memoryAudit();
    const { questions, ...options } = asking([true, true, true, true], { model, tools: [tool], audit });
    const story = await readStory(
      run("Go", stage.options({ ...options, budget: { maxTurns: 1, maxToolCalls: 1, onLimit: "ask" } })),
    );
    expect(story.result).toMatchObject({ stopReason: "end_turn", text: "Cold." });
    expect(asked).toEqual(["Oslo", "Oslo"]);
    expect(questions).toHaveLength(3);
    expect(subtypesOf(story).filter((subtype) => subtype === "budget_extended")).toHaveLength(3);
    const granted = audit.records.filter(({ data }) => data["move"] === "granted");
    expect(granted).toHaveLength(3);
  });
});

describe("the budget of several runs", () => {
  it("holds for a tenant's day across harnesses, whatever the run's own limit", async () => {
    await using stage = await openStage();
    const ledger = join(stage.folder, "ledger.db");
    const budget = { accounts: [{ scope: "tenant", id: "acme", window: "day", maxTokens: 60 } as const], ledger };
    const options = stage.options({ audit: false, maxOutputTokens: 10, budget });
    const results = [];
    for (let index = 0; index < 6; index += 1) {
      const model = scriptedModel([{ text: "Hi.", usage: { input: 5, output: 10 } }]);
      results.push((await readStory(run("Go", { ...options, model }))).result.stopReason);
    }
    expect(results[0]).toBe("end_turn");
    expect(results.at(-1)).toBe("budget_exhausted");
    await using opened = await openLedger(ledger);
    const state = await opened.budget([{ scope: "tenant", id: "acme", window: "day", maxTokens: 60 }]).snapshot();
    expect(state.tokensUsed).toBeGreaterThanOrEqual(15);
    expect(state.tokensUsed).toBeLessThanOrEqual(60);
    expect(state.tokensReserved).toBe(0);
  });

  it("is read from [budget], and a project may only make it smaller", async () => {
    await using stage = await openStage();
    const put = async (path: string, text: string): Promise<void> => {
      await mkdir(join(stage.folder, path, ".."), { recursive: true });
      await writeFile(join(stage.folder, path), text);
    };
    await put(".harness/config.toml", "[budget]\nmax_turns_per_run = 1\n");
    await mkdir(join(stage.folder, "project"));
    await put("project/.harness/config.toml", "[budget]\nmax_turns_per_run = 5\ntenant = 'other'\n");
    const model = scriptedModel([ask, "Never said."]);
    const story = await readStory(
      run(
        "Go",
        stage.options({ model, cwd: join(stage.folder, "project"), tools: [weatherTool().tool], audit: false }),
      ),
    );
    expect(story.result).toMatchObject({ stopReason: "budget_exhausted", turns: 1 });
    const [ignored] = messagesOf(story, "system").filter(({ subtype }) => subtype === "settings_ignored");
    expect(JSON.stringify(ignored)).toContain("budget.max_turns_per_run");
    expect(JSON.stringify(ignored)).toContain("budget.tenant");
  });
});

it("a price in [models] of the user's file counts, one in an untrusted project's does not", async () => {
  await using stage = await openStage();
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(join(stage.folder, path, ".."), { recursive: true });
    await writeFile(join(stage.folder, path), text);
  };
  await put(".harness/config.toml", '[models."scripted/own"]\ninput = 2.0\noutput = 4.0\n');
  await put("project/.harness/config.toml", '[models."scripted/own"]\ninput = 0.0\noutput = 0.0\n');
  const scripted = scriptedModel(["Hello."], { id: "own" });
  const model = { provider: "scripted", id: "own", stream: scripted.stream };
  const { result } = await readStory(
    run("Go", stage.options({ model, cwd: join(stage.folder, "project"), audit: false, budget: { maxCost: 1 } })),
  );
  expect(result).toMatchObject({ stopReason: "end_turn", totalCost: (10 * 2 + 5 * 4) / 1_000_000 });
});

it.each([
  ['[models."noslash"]\ninput = 1', /is no name of a model/],
  ['[models."a/b"]\ninput = -1', /USD for a million tokens/],
  ['[models."a/b"]\ninput = 1', /both input and output/],
  ['[models."a/b"]\nprice = 1', /Unknown key "price"/],
])("refuses %j", async (text, message) => {
  await using stage = await openStage();
  await mkdir(join(stage.folder, ".harness"));
  await writeFile(join(stage.folder, ".harness", "config.toml"), text);
  const { result } = await readStory(run("Go", stage.options({ model: scriptedModel(["x"]), audit: false })));
  expect(result).toMatchObject({ stopReason: "error", error: { code: "config_invalid" } });
  expect(result.error?.message).toMatch(message);
});

it("the model is told what remains, at the start and after each quarter", async () => {
  await using stage = await openStage();
  const model = scriptedModel([ask, ask, ask, "Cold."]);
  await using harness = await createHarness(stage.options({ model, tools: [weatherTool().tool], audit: false }));
  await readStory(harness.run("Go", { budget: new BudgetTracker({ maxTurns: 4, tellModel: true }) }));
  const told = model.requests.map(
    ({ messages }) =>
      JSON.stringify(messages)
        .match(/What remains for this task: [^.]*/g)
        ?.at(-1) ?? "",
  );
  expect(told).toEqual([4, 3, 2, 1].map((left) => `What remains for this task: ${left} answers`));
});

describe("run() with a budget that degrades", () => {
  it("goes on with the cheapest model from the share on, says why, and stops at the limit all the same", async () => {
    await using stage = await openStage();
    const dear = scriptedModel([ask, ask, ask], { id: "dear", pricing: { input: 10, output: 10 } });
    const cheap = scriptedModel([ask, ask, "Cold."], { id: "cheap", ...PRICED });
    const audit = memoryAudit();
    const story = await readStory(
      run(
        "Go",
        stage.options({
          router: { models: [dear, cheap], strategy: "quality_first" },
          tools: [weatherTool().tool],
          audit,
          maxOutputTokens: 5,
          budget: { maxCost: 0.02, onLimit: "degrade", degradeAt: 0.005 },
        }),
      ),
    );
    expect(story.result).toMatchObject({ stopReason: "end_turn", text: "Cold." });
    expect([dear.requests.length, cheap.requests.length]).toEqual([1, 3]);
    const chosen = audit.records.filter(({ type }) => type === "model_selected").map(({ data }) => data);
    expect(chosen[0]).toMatchObject({ model: "dear", strategy: "quality_first" });
    expect(chosen[1]).toMatchObject({ model: "cheap", reason: expect.stringContaining("economy") });
    expect(story.result.costByModel).toEqual({ dear: 0.000_15, cheap: 0.000_045 });
  });

  it("refuses a fallback that it cannot pay, before it is asked", async () => {
    await using stage = await openStage();
    const busy = new ProviderError("busy", { provider: "scripted", status: 529, isRetryable: true });
    const cheap = scriptedModel([busy], { id: "cheap", pricing: { input: 0, output: 0 } });
    const dear = scriptedModel(["Never said."], { id: "dear", pricing: { input: 1000, output: 1000 } });
    const { result } = await readStory(
      run("Go", stage.options({ router: { models: [cheap, dear] }, audit: false, budget: { maxCost: 0.001 } })),
    );
    expect(result).toMatchObject({ stopReason: "budget_exhausted", totalTokens: 0 });
    expect(dear.requests).toHaveLength(0);
  });
});

it("two runs with the same ids, by a host's own randomness, both pay", async () => {
  await using stage = await openStage();
  const budget = new BudgetTracker({ maxTokens: 100_000 });
  const random = { next: () => 0.5, id: () => "always-the-same" };
  for (let index = 0; index < 2; index += 1) {
    const model = scriptedModel([{ text: "Hi.", usage: { input: 7, output: 3 } }]);
    await readStory(run("Go", stage.options({ model, budget, random, audit: false })));
  }
  expect(budget.snapshot().tokensUsed).toBe(20);
});
