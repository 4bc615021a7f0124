import { describe, expect, it } from "vitest";
import { z } from "zod";

import { createHarness, defineTool, run, type RunOptions } from "../../src/index.ts";
import type { Tool } from "../../src/spec/index.ts";
import { fakeClock, memoryAudit, scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";
import { messagesOf, openStage, readStory, subtypesOf, weatherTool } from "./stage.ts";

const ask: ScriptedStep = { toolCalls: [{ name: "Weather", args: { city: "Oslo" } }] };
const PRICED = { pricing: { input: 1000, output: 1000 } };

function* forever(step: ScriptedStep): Generator<ScriptedStep> {
  for (;;) yield step;
}

describe("run() with an agent that turns in a circle", () => {
  it("tells the model, then ends as stalled with what it cost, on record", async () => {
    await using stage = await openStage();
    const audit = memoryAudit();
    const model = scriptedModel(forever(ask), PRICED);
    const story = await readStory(
      run("Go", stage.options({ model, tools: [weatherTool().tool], audit, stall: { repeats: 4 } })),
    );
    expect(story.result).toMatchObject({ stopReason: "stalled", turns: 4, error: { code: "stalled" } });
    expect(story.result.error?.message).toMatch(/4 times in a row \(0\.0450 USD spent without progress\)/);
    const warnings = messagesOf(story, "system").filter(({ subtype }) => subtype === "stall_warning");
    expect(warnings.map(({ data }) => data)).toMatchObject([
      { kind: "repeat", repeats: 3, wastedUsd: 0.03 },
      { kind: "repeat", repeats: 4, wastedUsd: 0.045 },
    ]);
    expect(JSON.stringify(model.requests.at(-1)?.messages)).toContain("change your approach");
    expect(audit.records.filter(({ type }) => type === "guard_tripped").map(({ data }) => data["action"])).toEqual([
      "nudge",
      "end",
    ]);
  });

  it.each([
    ["goes on for another round when a person says so", [true, false], 4],
    ["stops when the person says no", [false], 2],
    ["stops when the person's answer is none", ["perhaps"], 2],
  ])("%s", async (_what, answers, turns) => {
    await using stage = await openStage();
    const left: unknown[] = [...answers];
    const model = scriptedModel(forever(ask));
    const options: RunOptions = {
      model,
      tools: [weatherTool().tool],
      audit: false,
      stall: { repeats: 2, action: "ask" },
      onApproval: async () => left.shift() as boolean,
    };
    const { result } = await readStory(run("Go", stage.options(options)));
    expect(result).toMatchObject({ stopReason: "stalled", turns });
    expect(left).toEqual([]);
  });
});

describe("run() with guards", () => {
  const failing = defineTool({
    name: "Broken",
    description: "Fails",
    input: z.object({ at: z.number() }),
    effect: "read",
    durability: "readOnly",
    execute({ at }): string {
      throw new Error(`connect ECONNREFUSED 10.0.0.${at}`);
    },
  }) as Tool;

  it("leaves a tool alone that keeps failing; the denial is the guard's", async () => {
    await using stage = await openStage();
    const steps = [1, 2, 3].map((at) => ({ toolCalls: [{ name: "Broken", args: { at } }] }));
    const model = scriptedModel([...steps, "I give up."]);
    const guards = { toolBreaker: { failures: 2 } };
    const story = await readStory(run("Go", stage.options({ model, tools: [failing], audit: false, guards })));
    expect(messagesOf(story, "tool_result").map(({ outcome, decision }) => `${outcome} ${decision.layer}`)).toEqual([
      expect.stringMatching(/^failed/),
      expect.stringMatching(/^failed/),
      "denied guard",
    ]);
    expect(subtypesOf(story)).toContain("guard_tripped");
    expect(story.result.stopReason).toBe("end_turn");
  });

  it.each([
    ["warn", undefined, "end_turn", undefined],
    ["stop", undefined, "error", "guard_tripped"],
    ["pause", undefined, "paused", "guard_tripped"],
    ["pause", true, "end_turn", undefined],
    ["pause", false, "paused", "guard_tripped"],
  ] as const)("action %s, answered with %s, ends as %s", async (action, answer, stopReason, code) => {
    await using stage = await openStage();
    const model = scriptedModel([ask, ask, "Cold."]);
    const options: RunOptions = {
      model,
      clock: fakeClock(),
      tools: [weatherTool().tool],
      audit: false,
      guards: { anomalies: [{ rule: "calls_per_minute", above: 3, action }] },
      ...(answer === undefined ? {} : { onApproval: async () => answer }),
    };
    const story = await readStory(run("Go", stage.options(options)));
    expect(story.result.stopReason).toBe(stopReason);
    expect(story.result.error?.code).toBe(code);
    expect(subtypesOf(story).filter((subtype) => subtype === "guard_tripped")).toHaveLength(1);
  });

  it("watches all runs of a harness together", async () => {
    await using stage = await openStage();
    const guards = { anomalies: [{ rule: "calls_per_minute", above: 3, action: "stop" } as const] };
    const model = scriptedModel([ask, "Cold.", ask, "Never said."]);
    const options = stage.options({ model, clock: fakeClock(), tools: [weatherTool().tool], audit: false, guards });
    await using harness = await createHarness(options);
    expect((await readStory(harness.run("Go"))).result.stopReason).toBe("end_turn");
    expect((await readStory(harness.run("Go"))).result.error?.code).toBe("guard_tripped");
  });
});
