import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";

import { sqliteStore } from "../../src/session/index.ts";
import { runsSources } from "../runs-sources.ts";
import { expectInvariants, readEvents, readLines, type Effect } from "./invariants.ts";
import { answerAll, look, runChild } from "./run-child.ts";
import { openTail } from "./tail.ts";

interface Case {
  readonly id: string;
  readonly point: string;
  readonly scenario: string;
  /** How often the effects are expected to have happened, all together. */
  readonly effects: number;
  /** How many calls of unknown outcome are expected. @default 0 */
  readonly unknown?: number;
  /** What the person says about a call of unknown outcome. @default "done" */
  readonly says?: "done" | "retry";
  /** Who goes on: a resume, or the sweep. @default "resume" */
  readonly by?: "resume" | "recover";
}

const CASES: readonly Case[] = [
  { id: "K1", point: "run-created", scenario: "once", effects: 2, by: "recover" },
  { id: "K2", point: "lease-taken", scenario: "once", effects: 2 },
  { id: "K3", point: "after-reserve", scenario: "once", effects: 2 },
  { id: "K4", point: "mid-stream", scenario: "once", effects: 2 },
  { id: "K4", point: "mid-stream@2", scenario: "once", effects: 2 },
  { id: "K5", point: "before-model-result", scenario: "once", effects: 2 },
  { id: "K6", point: "after-model-result", scenario: "once", effects: 2 },
  { id: "K7", point: "before-approval-requested", scenario: "asks", effects: 1 },
  { id: "K7", point: "after-approval-requested", scenario: "asks", effects: 1 },
  { id: "K9", point: "before-intent", scenario: "once", effects: 2 },
  { id: "K9", point: "before-intent", scenario: "again", effects: 2 },
  { id: "K10", point: "after-intent", scenario: "once", effects: 1, unknown: 1 },
  { id: "K10", point: "after-intent", scenario: "once", effects: 2, unknown: 1, says: "retry" },
  { id: "K10", point: "after-intent", scenario: "again", effects: 2 },
  { id: "K11", point: "mid-call", scenario: "once", effects: 2, unknown: 1 },
  { id: "K11", point: "mid-call", scenario: "again", effects: 3 },
  { id: "K11", point: "mid-call", scenario: "look", effects: 2 },
  { id: "K11", point: "mid-call", scenario: "found", effects: 1 },
  { id: "K11", point: "after-intent", scenario: "missing", effects: 1 },
  { id: "K12", point: "before-result", scenario: "once", effects: 2, unknown: 1 },
  { id: "K12", point: "before-result", scenario: "again", effects: 3 },
  { id: "K13", point: "after-result", scenario: "once", effects: 2 },
  { id: "K13", point: "after-result", scenario: "again", effects: 2 },
  { id: "K15", point: "before-subagent-started", scenario: "child", effects: 1 },
  { id: "K15", point: "after-subagent-started", scenario: "child", effects: 1 },
  { id: "K15", point: "after-intent@2", scenario: "child", effects: 0, unknown: 1 },
  { id: "K15", point: "mid-call", scenario: "child", effects: 1, unknown: 1 },
  { id: "K15", point: "before-subagent-ended", scenario: "child", effects: 1 },
  { id: "K15", point: "after-subagent-ended", scenario: "child", effects: 1 },
  { id: "K16", point: "snapshot-before-commit", scenario: "snapshot", effects: 3 },
  { id: "K16", point: "snapshot-before-commit@2", scenario: "snapshot", effects: 3 },
  { id: "K17", point: "before-run-ended", scenario: "once", effects: 2 },
];

const table: string[] = [];
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-kill-"));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));
afterAll(() => {
  console.log(`Kill points (process killed by SIGKILL at the point, then gone on with)\n${table.join("\n")}`);
});

/** Goes on until there is nothing to do. Gives how many processes that took. */
async function goOn(scenario: string, { says = "done", by = "resume" }: Pick<Case, "says" | "by">): Promise<number> {
  for (let processes = 1; processes < 8; processes += 1) {
    const { status, waiting } = await look(folder, "s");
    if (status === "ended") return processes;
    if (waiting.length > 0) await answerAll(folder, says);
    const { code, output } = await runChild({ folder, scenario, mode: status === undefined ? "begin" : by });
    expect(code, output).toBe(0);
  }
  throw new Error("The session never ended");
}

async function countUnknown(): Promise<number> {
  const store = await sqliteStore(join(folder, "harness.db"));
  let count = 0;
  for (const { sessionId } of await store.list()) {
    const events = await readEvents(store, sessionId);
    count += events.filter(({ type }) => type === "tool-outcome-unknown").length;
  }
  await store.close();
  return count;
}

describe.skipIf(!runsSources)("a process that is killed (skipped on Node 22: no `using`)", () => {
  it.each(CASES)("$id $point, $scenario: $effects effects", async (one) => {
    const { id, point, scenario, effects, unknown = 0, says, by } = one;
    const killed = await runChild({ folder, scenario, mode: "begin", fault: `${point}:kill` });
    expect(killed.signal, `the point was reached: ${killed.output}`).toBe("SIGKILL");
    // I8, I9: somebody who looks where the process died, and reads on from there.
    const store = await sqliteStore(join(folder, "harness.db"));
    const tail = await openTail(store, "s");
    const processes = await goOn(scenario, {
      ...(says === undefined ? {} : { says }),
      ...(by === undefined ? {} : { by }),
    });
    const happened = readLines<Effect>(folder, "effects");
    expect(happened).toHaveLength(effects);
    expect(await countUnknown()).toBe(unknown);
    await tail.expectSame();
    await store.close();
    await expectInvariants(folder, { maxCost: 100 });
    table.push(
      `  ${id.padEnd(4)} ${point.padEnd(26)} ${scenario.padEnd(9)} effects ${effects}  unknown ${unknown}  processes ${processes}  ok`,
    );
  });

  it("K8 after a decision, before anybody went on with the run: the sweep does", async () => {
    expect((await runChild({ folder, scenario: "asks", mode: "begin" })).output).toContain("paused");
    expect((await runChild({ folder, scenario: "asks", mode: "recover" })).output).toBe("");
    await answerAll(folder, "done");
    expect((await runChild({ folder, scenario: "asks", mode: "recover" })).output).toBe("end_turn");
    expect(readLines(folder, "effects")).toHaveLength(1);
    await expectInvariants(folder);
    table.push("  K8   after a decision           asks      effects 1  unknown 0  processes 3  ok");
  });

  it("K14 while four calls run together: those that are done stay done", async () => {
    const killed = await runChild({ folder, scenario: "parallel", mode: "begin", fault: "after-result@2:kill" });
    expect(killed.signal).toBe("SIGKILL");
    const before = readLines<Effect>(folder, "effects");
    await goOn("parallel", {});
    const after = readLines<Effect>(folder, "effects");
    // What had begun and was not known was said to be done; only what had not begun was begun.
    expect(new Set(after.map(({ what }) => what)).size).toBe(after.length);
    expect(after.slice(0, before.length)).toEqual(before);
    await expectInvariants(folder);
    table.push(
      `  K14  after-result@2             parallel  effects ${after.length}  unknown ${await countUnknown()}  ok`,
    );
  });

  it("K17 after the end is kept: it ended once, and going on again does nothing", async () => {
    const killed = await runChild({ folder, scenario: "once", mode: "begin", fault: "after-run-ended:kill" });
    expect(killed.signal).toBe("SIGKILL");
    expect((await look(folder, "s")).status).toBe("ended");
    expect((await runChild({ folder, scenario: "once", mode: "recover" })).output).toBe("");
    expect((await runChild({ folder, scenario: "once", mode: "resume" })).output).toContain("session_invalid");
    const store = await sqliteStore(join(folder, "harness.db"));
    const ends = (await readEvents(store, "s")).filter(({ type }) => type === "run-ended");
    await store.close();
    expect(ends).toHaveLength(1);
    await expectInvariants(folder);
    table.push("  K17  after-run-ended            once      effects 2  unknown 0  ok");
  });

  it.each(Array.from({ length: 11 }, (_value, index) => index + 1))(
    "in the middle of append %i: nothing of it is there, and everything before is",
    async (append) => {
      const fault = `append-before-commit@${append}:kill`;
      expect((await runChild({ folder, scenario: "once", mode: "begin", fault })).signal).toBe("SIGKILL");
      await goOn("once", {});
      expect(readLines<Effect>(folder, "effects").filter(({ what }) => what === "a").length).toBeLessThanOrEqual(1);
      await expectInvariants(folder);
      table.push(`  -    append-before-commit@${String(append).padEnd(4)}  once      ok`);
    },
  );
});
