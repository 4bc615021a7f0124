import { describe, expect, it } from "vitest";

import { planCapacity, type PlannedTask } from "../../src/catalogue/index.ts";
import { SEED_PLAN } from "../../src/cli/commands/seed-plan.ts";

const TASK: PlannedTask = {
  name: "T",
  perDay: 10,
  inputTokens: 100_000,
  outputTokens: 10_000,
  model: "claude-sonnet-4-5",
};

describe("planCapacity()", () => {
  it.each([
    { perDay: -1 },
    { perDay: Number.NaN },
    { inputTokens: 0.5 },
    { outputTokens: -1 },
    { turns: 0 },
    { simpleShare: 1.1 },
    { cachedShare: -0.1 },
  ])("refuses %j", (wrong) => {
    expect(() => planCapacity([{ ...TASK, ...wrong }])).toThrow(RangeError);
  });

  it("refuses a month without days", () => {
    expect(() => planCapacity([TASK], { days: 0 })).toThrow(RangeError);
  });

  it("does not know what a model costs that nobody knows, and then not the total either", () => {
    const plan = planCapacity([TASK, { ...TASK, model: "no-such-model" }]);
    expect(plan.rows[1]).toMatchObject({ model: undefined, daily: { plain: undefined } });
    expect(plan.daily.plain).toBeUndefined();
    expect(plan.savings.both).toBeUndefined();
  });

  it("multiplies tasks, tokens and prices", () => {
    // 3 USD and 15 USD for a million.
    const plan = planCapacity([TASK]);
    expect(plan.daily.plain).toBeCloseTo(10 * (0.3 + 0.15), 9);
    expect(plan.monthly.plain).toBeCloseTo(30 * 4.5, 9);
    expect(planCapacity([TASK], { days: 7 }).monthly.plain).toBeCloseTo(7 * 4.5, 9);
    expect(plan.daily.routed).toBe(plan.daily.plain);
    expect(plan.daily.cached).toBe(plan.daily.plain);
  });

  it("gives the share of simple tasks to the simple model", () => {
    // The simple one costs a third: 1 USD and 5 USD.
    const plan = planCapacity([{ ...TASK, simpleShare: 0.5 }], { simpleModel: "claude-haiku-4-5" });
    expect(plan.daily.routed).toBeCloseTo(4.5 * 0.5 + 1.5 * 0.5, 9);
    expect(plan.savings.routed).toBeCloseTo(1 / 3, 9);
  });

  it("reads from the cache what later turns send again, and pays for writing the rest", () => {
    // Three turns that grow evenly: half of what is sent was sent before.
    const plan = planCapacity([{ ...TASK, turns: 3 }]);
    expect(plan.daily.cached).toBeCloseTo(10 * (0.05 * 0.3 + 0.05 * 3.75 + 0.15), 9);
    const own = planCapacity([{ ...TASK, cachedShare: 0.9 }]);
    expect(own.daily.cached).toBeCloseTo(10 * (0.09 * 0.3 + 0.01 * 3.75 + 0.15), 9);
  });
});

describe("the seed's table of capacities", () => {
  it("adds up to what it says, and is dearer than its own prices allow in three of four rows", () => {
    expect(SEED_PLAN.reduce((sum, { claimed }) => sum + claimed, 0)).toBeCloseTo(19.02, 9);
    const dearest = planCapacity(
      SEED_PLAN.map(({ task }) => ({ ...task, inputTokens: 0, outputTokens: task.inputTokens + task.outputTokens })),
    );
    // Even if every token were an answer.
    const possible = dearest.rows.map(({ daily }, index) => (daily.plain ?? 0) >= (SEED_PLAN[index]?.claimed ?? 0));
    expect(possible).toEqual([false, true, false, false]);
  });

  it("costs this by the prices of the models that it names", () => {
    const plan = planCapacity(SEED_PLAN.map(({ task }) => task));
    expect(plan.rows.map(({ name, daily }) => [name, daily.plain?.toFixed(3)])).toEqual([
      ["PR Reviews", "0.270"],
      ["Issue Triage", "0.072"],
      ["Code Generation", "1.350"],
      ["Security Scans", "2.430"],
    ]);
    expect(plan.monthly.plain).toBeCloseTo(123.66, 2);
  });
});
