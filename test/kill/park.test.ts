import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { sqliteStore } from "../../src/session/index.ts";
import type { ResultError } from "../../src/spec/index.ts";
import { runsSources } from "../runs-sources.ts";
import { expectInvariants, readEvents, readLines, type Effect } from "./invariants.ts";
import { answerAll, look, runChild } from "./run-child.ts";

const HOSTED = fileURLToPath(new URL("hosted.ts", import.meta.url));

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-park-"));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** Begins a session in a process of its own and tells that to stop when it is at work. */
async function stopAtWork(scenario: string): Promise<{ readonly stopReason: string; readonly error?: ResultError }> {
  const child = spawn(process.execPath, [HOSTED, folder, scenario], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, HARNESS_TEST_HANGS: "1", NODE_NO_WARNINGS: "1" },
  });
  let output = "";
  let isTold = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (!isTold && output.includes("at work")) isTold = child.kill("SIGTERM");
  });
  const [code] = (await once(child, "close")) as [number | null];
  expect(code, output).toBe(0);
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as { stopReason: string; error?: ResultError };
}

async function eventsOf(type: string): Promise<readonly unknown[]> {
  const store = await sqliteStore(join(folder, "harness.db"));
  const events = await readEvents(store, "s");
  await store.close();
  return events.filter((event) => event.type === type).map(({ data }) => data);
}

const effects = (): readonly string[] => readLines<Effect>(folder, "effects").map(({ what }) => what);

const PARKED = {
  stopReason: "paused",
  error: { code: "paused", message: expect.stringContaining("resume session s") },
};

describe.skipIf(!runsSources)("a host that is told to stop (skipped on Node 22, which does not know `using`)", () => {
  it.each([
    { where: "a model call", scenario: "parkedModel", before: ["a"], after: ["a", "b"] },
    { where: "a call that ends in time", scenario: "parkedEnds", before: ["a"], after: ["a", "b"] },
    { where: "a call that may be repeated", scenario: "parkedAgain", before: ["a"], after: ["a", "a"] },
    {
      where: "a call of a sub-agent",
      scenario: "parkedChild",
      before: ["in child"],
      after: ["in child", "in child"],
    },
    { where: "a call whose tool finds it done", scenario: "parkedFound", before: ["a"], after: ["a"] },
    { where: "a call whose tool finds it not done", scenario: "parkedMissing", before: ["a"], after: ["a", "a"] },
  ])("in $where puts the run aside, and another process goes on with it", async ({ scenario, before, after }) => {
    expect(await stopAtWork(scenario)).toMatchObject(PARKED);
    expect(effects()).toEqual(before);
    expect(await look(folder, "s")).toMatchObject({ status: "runnable", waiting: [] });
    expect(await eventsOf("run-ended")).toMatchObject([{ stopReason: "paused", isParked: true, waitsFor: [] }]);
    const { output } = await runChild({ folder, scenario, mode: scenario === "parkedEnds" ? "recover" : "resume" });
    expect(output).toMatch(/^end_turn/);
    expect(effects()).toEqual(after);
    await expectInvariants(folder, { maxCost: 100 });
  });

  it.each(["parkedOnce", "parkedDeaf"])(
    "in a call that may happen once and does not end (%s) leaves its outcome open, and a person is asked",
    async (scenario) => {
      expect(await stopAtWork(scenario)).toMatchObject(PARKED);
      expect(await eventsOf("tool-result")).toEqual([]);
      expect((await runChild({ folder, scenario, mode: "resume" })).output).toMatch(/^paused/);
      expect((await look(folder, "s")).waiting).toMatchObject([{ question: { about: "outcome", name: "Once" } }]);
      await answerAll(folder, "done");
      expect((await runChild({ folder, scenario, mode: "resume" })).output).toMatch(/^end_turn/);
      expect(effects()).toEqual(["a"]);
      await expectInvariants(folder);
    },
  );

  it("while a person thinks leaves the question open, and an answer from elsewhere counts", async () => {
    expect(await stopAtWork("parkedAsks")).toMatchObject(PARKED);
    const { status, waiting } = await look(folder, "s");
    expect({ status, waiting }).toMatchObject({ status: "suspended", waiting: [{ question: { name: "Once" } }] });
    expect(effects()).toEqual([]);
    await answerAll(folder, "done");
    expect((await look(folder, "s")).status).toBe("runnable");
    expect((await runChild({ folder, scenario: "parkedAsks", mode: "resume" })).output).toMatch(/^end_turn/);
    expect(effects()).toEqual(["a"]);
    expect(await eventsOf("approval-requested")).toHaveLength(1);
    await expectInvariants(folder);
  });
});
