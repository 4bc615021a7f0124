import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { openLedger } from "../../src/budget/index.ts";
import { systemClock } from "../../src/async/index.ts";
import { openApprovals, sqliteStore } from "../../src/session/index.ts";
import { runsSources } from "../runs-sources.ts";
import { expectLimitOfFour } from "../budget/limit-of-four.ts";
import { expectInvariants, readEvents, readLines, type Effect } from "./invariants.ts";
import { answerAll, look, runChild } from "./run-child.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

const table: string[] = [];
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-fault-"));
});
afterEach(async ({ task }) => {
  table.push(`  ${task.result?.state === "pass" ? "ok    " : "FAILED"} ${task.name}`);
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => {
  console.log(`Faults (F7, an export with a damaged line, is in test/session/sessions.test.ts)\n${table.join("\n")}`);
});

async function finish(scenario: string): Promise<void> {
  for (let tries = 0; tries < 6; tries += 1) {
    const { status, waiting } = await look(folder, "s");
    if (status === "ended") return;
    if (waiting.length > 0) await answerAll(folder, "done");
    const { code, output } = await runChild({ folder, scenario, mode: status === undefined ? "begin" : "resume" });
    expect(code, output).toBe(0);
  }
  throw new Error("The session never ended");
}

/** Starts a process that stops itself at a point, and waits until it stands still. */
async function startStopped(scenario: string, point: string) {
  const child = spawn(process.execPath, [CHILD, folder, scenario, "begin"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, HARNESS_FAULT: `${point}:stop`, HARNESS_ALLOW_FAULTS: "1", NODE_NO_WARNINGS: "1" },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  while (!spawnSync("ps", ["-o", "stat=", "-p", String(child.pid)], { encoding: "utf8" }).stdout.startsWith("T")) {
    if (child.exitCode !== null) throw new Error(`It ended instead: ${output}`);
    await sleep(50);
  }
  return { child, output: () => output };
}

describe.skipIf(!runsSources)("faults (skipped on Node 22, which does not know `using`)", () => {
  it.each([
    { point: "after-intent", effects: 0 },
    { point: "mid-call", effects: 1 },
  ])(
    "F1 a process that stood still at $point longer than its lease does and records nothing more",
    async ({ point, effects }) => {
      const { child, output } = await startStopped("stopped", point);
      // Longer than its lease.
      await sleep(3200);
      await finish("stopped");
      expect(readLines<Effect>(folder, "effects")).toHaveLength(effects);
      const store = await sqliteStore(join(folder, "harness.db"));
      const before = await readEvents(store, "s");
      child.kill("SIGCONT");
      const [code] = await once(child, "close");
      expect(code).toBe(0);
      expect(output()).toContain("session_fenced");
      expect(readLines<Effect>(folder, "effects")).toHaveLength(effects);
      expect(await readEvents(store, "s")).toEqual(before);
      await store.close();
      await expectInvariants(folder);
    },
  );

  it("F5 a clock of the day that jumps by an hour gives no lease away", async () => {
    const first = await sqliteStore(join(folder, "harness.db"));
    const second = await sqliteStore(join(folder, "harness.db"));
    expect(await first.acquire("s", { owner: "first", ttlMs: 600_000 })).toMatchObject({ epoch: 1 });
    for (const jump of [3_600_000, -3_600_000]) {
      const now = Date.now() + jump;
      vi.spyOn(Date, "now").mockReturnValue(now);
      expect(await second.acquire("s", { owner: "second", ttlMs: 600_000 })).toMatchObject({ refused: "held" });
      vi.restoreAllMocks();
    }
    await first.close();
    await second.close();
  });

  it("F6 a disk that is full stops the run before an effect that could not be recorded, and the run goes on later", async () => {
    await runChild({ folder, scenario: "once", mode: "begin", sessionId: "other" });
    const stopped: string[] = [];
    for (const blocks of [60, 120, 200]) {
      const id = `s${blocks}`;
      // No file of the process may grow beyond so many kilobytes: writing fails as on a full disk.
      const script = `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" "$@"`;
      const child = spawn("bash", ["-c", script, process.execPath, CHILD, folder, "once", "begin", id], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, NODE_NO_WARNINGS: "1" },
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (data: Buffer) => (output += data.toString()));
      await once(child, "close");
      if (!output.startsWith("end_turn")) stopped.push(output);
      const store = await sqliteStore(join(folder, "harness.db"));
      const status = (await store.find(id))?.status;
      await store.close();
      for (let tries = 0; status !== undefined && tries < 4; tries += 1) {
        await answerAll(folder, "done");
        await runChild({ folder, scenario: "once", mode: "resume", sessionId: id });
      }
    }
    expect(stopped.length, "some of the limits were reached").toBeGreaterThan(0);
    for (const output of stopped) expect(output).toMatch(/session_invalid|could not be written|cannot be used/);
    await expectInvariants(folder);
  });

  it.each([
    // The first process got as far as the call.
    { point: "mid-call", scenario: "again", deaths: 6, effects: 6 },
    { point: "mid-stream", scenario: "again", deaths: 5, effects: 0 },
  ])(
    "a session that takes its process down at $point is given up after five deaths in vain, until somebody wants it",
    async ({ point, scenario, deaths, effects }) => {
      for (let death = 0; death < deaths; death += 1) {
        const mode = death === 0 ? "begin" : death % 2 === 0 ? "resume" : "recover";
        const { signal, output } = await runChild({ folder, scenario, mode, fault: `${point}:kill` });
        expect(signal, output).toBe("SIGKILL");
      }
      expect(readLines(folder, "effects")).toHaveLength(effects);
      expect((await look(folder, "s")).status).toBe("runnable");
      expect((await runChild({ folder, scenario, mode: "recover" })).output).toBe("error");
      expect((await look(folder, "s")).status).toBe("suspended");
      // Nothing sweeps it up any more, and who resumes it is told.
      expect((await runChild({ folder, scenario, mode: "recover" })).output).toBe("");
      expect((await runChild({ folder, scenario, mode: "resume" })).output).toMatch(
        /session_stuck.*5 times.*retryStuck/,
      );
      expect((await runChild({ folder, scenario, mode: "retry", fault: `${point}:kill` })).signal).toBe("SIGKILL");
      expect((await runChild({ folder, scenario, mode: "resume" })).output).toContain("session_stuck");
      expect((await runChild({ folder, scenario, mode: "retry" })).output).toMatch(/^end_turn/);
      await expectInvariants(folder);
    },
  );

  it("a session that gets further before each death goes on", async () => {
    for (let deaths = 0; deaths < 7; deaths += 1) {
      const mode = deaths === 0 ? "begin" : "resume";
      const { signal } = await runChild({ folder, scenario: "long", mode, fault: "after-result@1:kill" });
      expect(signal).toBe("SIGKILL");
    }
    expect((await runChild({ folder, scenario: "long", mode: "resume" })).output).toMatch(/^end_turn/);
    await expectInvariants(folder);
  });

  it("F9 of two processes that want one session, one works on it and the other is told", async () => {
    const both = await Promise.all([
      runChild({ folder, scenario: "slow", mode: "begin" }),
      runChild({ folder, scenario: "slow", mode: "begin" }),
    ]);
    const outputs = both.map(({ output }) => output).toSorted();
    expect(outputs[0]).toMatch(/^end_turn/);
    // It came while the other was at work, or after it: then it is a second prompt of the same session.
    expect(outputs[1]).toMatch(/session_conflict|^end_turn/);
    expect((await look(folder, "s")).status).toBe("ended");
    await expectInvariants(folder);
  });

  it("F10 of forty deciders one decides; too late is a denial; another tenant finds nothing", async () => {
    await runChild({ folder, scenario: "asks", mode: "begin" });
    const path = join(folder, "harness.db");
    const stores = await Promise.all(Array.from({ length: 8 }, () => sqliteStore(path)));
    const stranger = await sqliteStore(path, { tenant: "stranger" });
    const approvals = stores.map((store) => openApprovals(store, { clock: systemClock }));
    const [store] = stores;
    const [pending] = (await store?.pendingApprovals()) ?? [];
    const id = pending?.question.id ?? "none";
    await expect(openApprovals(stranger, { clock: systemClock }).decide(id, "approve")).rejects.toMatchObject({
      code: "session_not_found",
    });
    const receipts = await Promise.all(
      Array.from({ length: 5 }, () => approvals)
        .flat()
        .map((one, index) =>
          one.decide(id, { decision: index % 2 === 0 ? "approve" : "deny", approver: `person ${index}` }),
        ),
    );
    expect(receipts.filter(({ status }) => status === "decided")).toHaveLength(1);
    expect(new Set(receipts.map(({ decision, approver }) => `${decision} ${approver}`)).size).toBe(1);
    const events = store === undefined ? [] : await readEvents(store, "s");
    expect(events.filter(({ type }) => type === "approval-decided")).toHaveLength(1);
    for (const opened of [...stores, stranger]) await opened.close();
    await finish("asks");
    const decided = receipts[0]?.decision;
    expect(readLines(folder, "effects")).toHaveLength(decided === "approve" ? 1 : 0);
    await expectInvariants(folder);
  });

  it("F11 of four workers at a limit two are killed: no bill passes it, and what cost more than was held stops the next", async () => {
    const { limit, billed, stranded } = await expectLimitOfFour(join(folder, "ledger.db"));
    await using ledger = await openLedger(join(folder, "ledger.db"));
    const budget = ledger.budget([{ scope: "tenant", id: "underestimated", maxCost: 0.1 }]);
    const held = await budget.reserve({ tokens: 1, cost: 0.05, callId: "c" });
    await held.settle({ tokens: 1, cost: 0.2 });
    expect(await budget.snapshot()).toMatchObject({ costUsed: 0.2, costReserved: 0 });
    await expect(budget.reserve({ tokens: 1, cost: 0.001, callId: "d" })).rejects.toThrow(/underestimated/);
    table.push(`         billed ${billed.toFixed(2)} of ${limit} USD  calls that nobody settled ${stranded}`);
  });
});
