import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";

import { createHarness, type Model, type Run } from "../../src/index.ts";
import { memoryAudit, scriptedModel } from "../../src/testing/index.ts";

it("runs that are started at once begin one a turn of the event loop, in their order, and all of them end", async () => {
  const audit = memoryAudit();
  await using harness = await createHarness({
    tools: [],
    config: false,
    audit,
    model: scriptedModel(Array.from({ length: 40 }, () => "Done.")),
  });
  const begun = (): (string | undefined)[] =>
    audit.records.filter(({ type }) => type === "session_start").map(({ sessionId }) => sessionId);
  // The modules are loaded by now.
  await harness.run("First").result;
  const runs: Run[] = Array.from({ length: 30 }, (_none, index) => harness.run(`Task ${index}`));
  const results = runs.map(({ result }) => result);
  let before = begun().length;
  while (before < 31) {
    await nextTurn();
    const now = begun().length;
    expect(now - before).toBeLessThanOrEqual(2);
    before = now;
  }
  expect(begun().slice(1)).toEqual(runs.map(({ sessionId }) => sessionId));
  for (const { stopReason } of await Promise.all(results)) expect(stopReason).toBe("end_turn");
});

it("a run that is stopped before its turn ends at once and never begins", async () => {
  const audit = memoryAudit();
  await using harness = await createHarness({
    tools: [],
    config: false,
    audit,
    model: scriptedModel(["One.", "Two."]),
  });
  await harness.run("First").result;
  const first = harness.run("Second");
  const second = harness.run("Third");
  const results = [first.result, second.result];
  second.abort(new Error("enough"));
  expect((await Promise.all(results)).map(({ stopReason }) => stopReason)).toEqual(["end_turn", "aborted"]);
  const begun = audit.records.filter(({ type }) => type === "session_start").map(({ sessionId }) => sessionId);
  expect(begun).not.toContain(second.sessionId);
});

it("a run waits for no other one: all are with the model at the same time", async () => {
  const message = {
    role: "assistant",
    content: [{ type: "text", text: "Done." }],
    model: { provider: "slow", id: "slow" },
  };
  const usage = { input: 1, output: 1, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
  const all = Promise.withResolvers<void>();
  let asked = 0;
  const model = {
    provider: "slow",
    id: "slow",
    async *stream() {
      asked += 1;
      if (asked === 50) all.resolve();
      // Answers nobody before everybody has asked.
      await all.promise;
      yield { type: "finish", reason: "end_turn", usage, message };
    },
  } as unknown as Model;
  await using harness = await createHarness({ tools: [], config: false, audit: false, model });
  const results = await Promise.all(Array.from({ length: 50 }, () => harness.run("Go").result));
  expect(results.map(({ stopReason }) => stopReason)).toEqual(Array.from({ length: 50 }, () => "end_turn"));
});
