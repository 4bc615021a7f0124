import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

import { sqliteStore } from "../../src/session/index.ts";
import type { SessionStore } from "../../src/spec/index.ts";
import { runsSources } from "../runs-sources.ts";
import { expectInvariants, readEvents, readLines, type Effect } from "./invariants.ts";
import { answerAll } from "./run-child.ts";
import { openTail, type Tail } from "./tail.ts";

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));
const RUNS = 200;
const LIMIT_MS = 540_000;

function startWorker(folder: string): ChildProcess {
  return spawn(process.execPath, [WORKER, folder, String(RUNS)], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
  });
}

/** Kills, stops and closes workers at random, answers what is asked, and starts new ones, until all sessions have ended. */
async function makeChaos(
  folder: string,
  store: SessionStore,
): Promise<{
  readonly kills: number;
  readonly closed: number;
  readonly stops: number;
  readonly tails: readonly Tail[];
}> {
  const workers = [startWorker(folder), startWorker(folder)];
  const startedAt = Date.now();
  let kills = 0;
  let closed = 0;
  let stops = 0;
  const tails: Tail[] = [];
  while (workers.some(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    if (Date.now() - startedAt > LIMIT_MS) throw new Error("The workers did not come to an end");
    await sleep(300 + Math.random() * 900);
    await answerAll(folder, Math.random() < 0.5 ? "done" : "retry");
    // I8, I9: readers that look at a session while it is at work, and read on from there.
    for (let more = 0; more < 4; more += 1) tails.push(await openTail(store, `s${Math.floor(Math.random() * RUNS)}`));
    const index = Math.floor(Math.random() * workers.length);
    const worker = workers[index];
    if (worker === undefined || worker.exitCode !== null || kills + closed + stops >= 14) continue;
    const isClosed = Math.random() < 0.4;
    if (Math.random() < 0.75) {
      if (isClosed) closed += 1;
      else kills += 1;
      // Told to stop, it puts its runs aside; killed, it leaves them where they are.
      worker.kill(isClosed ? "SIGTERM" : "SIGKILL");
      await once(worker, "close");
      workers[index] = startWorker(folder);
    } else {
      // Longer than its leases: the other one takes its sessions over, and it must notice.
      stops += 1;
      worker.kill("SIGSTOP");
      await sleep(2500);
      worker.kill("SIGCONT");
    }
  }
  return { kills, closed, stops, tails };
}

describe.skipIf(!runsSources)("chaos (skipped on Node 22, which does not know `using`)", () => {
  it(`${RUNS} runs end once, whatever is killed and stopped meanwhile`, { timeout: LIMIT_MS + 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "harness-chaos-"));
    const store = await sqliteStore(join(folder, "harness.db"));
    try {
      const { kills, closed, stops, tails } = await makeChaos(folder, store);
      for (const tail of tails) await tail.expectSame();
      await expectInvariants(folder);
      const sessions = await store.list();
      expect(sessions).toHaveLength(RUNS);
      let unknown = 0;
      for (const { sessionId } of sessions) {
        const events = await readEvents(store, sessionId);
        unknown += events.filter(({ type }) => type === "tool-outcome-unknown").length;
        expect(events.filter(({ type }) => type === "tool-result")).toHaveLength(6);
        expect(events.at(-1)).toMatchObject({ type: "run-ended", data: { stopReason: "end_turn" } });
      }
      const effects = readLines<Effect>(folder, "effects");
      const again = effects.length - new Set(effects.map(({ idempotencyKey }) => idempotencyKey)).size;
      expect(kills + closed + stops, "something was killed, closed or stopped").toBeGreaterThan(0);
      console.log(
        `Chaos: ${RUNS} runs × 6 calls, ${kills} kills, ${closed} closed, ${stops} stops: 0 unfinished, 0 doubled results, ` +
          `${again} repeatable calls repeated, ${unknown} outcomes asked about, ${tails.length} readers in step`,
      );
    } finally {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
