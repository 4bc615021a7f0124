import { describe, expect, it } from "vitest";

import { createGuards, type AnomalyRule, type GuardOptions } from "../../src/guards/index.ts";
import { classify } from "../../src/guards/tool-breaker.ts";
import { fakeClock } from "../../src/testing/index.ts";

function open(options: GuardOptions = {}) {
  const clock = fakeClock();
  const guards = createGuards({ clock, ...options });
  const call = (text: string, isError = true, name = "T"): void =>
    guards.noteToolCall("main", { name, outcome: isError ? "failed" : "completed", isError, text });
  return { clock, guards, call };
}

describe("createGuards() refuses", () => {
  it.each([
    [{ rule: "error_rate", above: 0, action: "stop" }, RangeError],
    [{ rule: "error_rate", above: 1.1, action: "stop" }, RangeError],
    [{ rule: "calls_per_minute", action: "stop" }, TypeError],
    [{ rule: "calls_per_minute", above: 0, action: "stop" }, RangeError],
    [{ rule: "spend_per_minute", timesBaseline: 1, action: "warn" }, RangeError],
    [{ rule: "spend_per_minute", above: 1, action: "explode" }, TypeError],
    [{ rule: "mood", above: 1, action: "stop" }, TypeError],
  ])("%j", (rule, kind) => {
    const rules: unknown = [rule];
    expect(() => createGuards({ anomalies: rules as readonly AnomalyRule[] })).toThrow(kind);
  });
});

describe("the breaker of tools", () => {
  it("leaves a tool alone that fails in the same way, and tries it again after a while", async () => {
    const { clock, guards, call } = open({ toolBreaker: { failures: 3, openMs: 1000 } });
    for (const port of [1, 2, 3]) {
      expect(guards.admit("T")).toBeUndefined();
      call(`connect ECONNREFUSED 127.0.0.1:${port}`);
    }
    expect(guards.take("main")).toMatchObject({ guard: "tool_failures", action: "warn", value: 3, limit: 3 });
    expect(guards.take("main")).toBeUndefined();
    expect(guards.admit("T")).toMatch(/failed 3 times in a row.*left alone for 1 s/);
    expect(guards.admit("Other")).toBeUndefined();
    await clock.advance(1001);
    expect(guards.admit("T")).toBeUndefined();
    // One call at a time tries.
    expect(guards.admit("T")).toMatch(/tries it right now/);
    call("connect ECONNREFUSED 127.0.0.1:4");
    expect(guards.admit("T")).toMatch(/left alone for 2 s/);
    await clock.advance(2001);
    expect(guards.admit("T")).toBeUndefined();
    call("fine", false);
    expect(guards.admit("T")).toBeUndefined();
  });

  it("begins to count anew with another class of error, a success, and does not count what was never done", () => {
    const { guards, call } = open({ toolBreaker: { failures: 2 } });
    call("no such file /a/b");
    call("permission denied");
    call("no such file /a/c");
    call("fine", false);
    call("no such file /a/d");
    guards.noteToolCall("main", { name: "T", outcome: "denied", isError: true, text: "no such file /a/e" });
    expect(guards.admit("T")).toBeUndefined();
    call("no such file /x");
    expect(guards.admit("T")).toMatch(/no such file …/);
  });

  it.each([
    ['Error: "a.txt" was not found at line 12', "Error: … was not found at line #"],
    ["\n\n  ENOENT: /home/me/x.ts  ", "ENOENT: …"],
    ["commit 0123456789abcdef is gone", "commit # is gone"],
    ["", "an error without words"],
  ])("takes %j as %j", (text, expected) => {
    expect(classify(text)).toBe(expected);
  });
});

describe("rules about rates", () => {
  it("trip above a number, once a minute", async () => {
    const { clock, guards, call } = open({ anomalies: [{ rule: "calls_per_minute", above: 3, action: "stop" }] });
    for (let count = 0; count < 3; count += 1) call("x", false);
    expect(guards.take("main")).toBeUndefined();
    call("x", false);
    expect(guards.take("main")).toMatchObject({ guard: "calls_per_minute", action: "stop", value: 4, limit: 3 });
    expect(guards.take("main")).toBeUndefined();
    expect(guards.take("another agent")).toBeUndefined();
    await clock.advance(61_000);
    expect(guards.take("main")).toBeUndefined();
  });

  it("trip far above what the agent itself is used to, and not before that is known", async () => {
    const { clock, guards, call } = open({
      anomalies: [{ rule: "calls_per_minute", timesBaseline: 10, action: "stop" }],
    });
    for (let count = 0; count < 500; count += 1) call("x", false);
    expect(guards.take("main")).toBeUndefined();
    for (let minute = 0; minute < 40; minute += 1) {
      await clock.advance(60_000);
      for (let count = 0; count < 8; count += 1) call("x", false);
      expect(guards.take("main")).toBeUndefined();
    }
    for (let count = 0; count < 5000; count += 1) call("x", false);
    expect(guards.take("main")).toMatchObject({
      action: "stop",
      reason: expect.stringMatching(/10 times the agent's own/),
    });
  });

  it("learn across runs and processes", async () => {
    const baselines = { main: { callsPerMinute: 8, usdPerMinute: 0.02, minutes: 60 } };
    const rules = [{ rule: "spend_per_minute", timesBaseline: 5, action: "pause" }] as const;
    const { clock, guards } = open({ anomalies: rules, baselines });
    guards.noteModelCall("main", { cost: 0.09, isFailed: false });
    expect(guards.take("main")).toBeUndefined();
    guards.noteModelCall("main", { cost: 0.02, isFailed: false });
    expect(guards.take("main")).toMatchObject({ guard: "spend_per_minute", action: "pause", limit: 0.1 });
    await clock.advance(61_000);
    guards.noteModelCall("main", { cost: undefined, isFailed: false });
    expect(guards.baselines()["main"]).toMatchObject({ minutes: 61 });
  });

  it("trip on the share of failures among the last calls", () => {
    const { guards, call } = open({ anomalies: [{ rule: "error_rate", above: 0.5, calls: 4, action: "warn" }] });
    for (const isError of [true, true, true]) call("x", isError);
    expect(guards.take("main")).toBeUndefined();
    call("x", false);
    expect(guards.take("main")).toMatchObject({ guard: "error_rate", value: 0.75 });
  });
});
