import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";

import { reliableModel } from "../../src/router/index.ts";
import type { ModelStreamPart } from "../../src/spec/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { ask, busy, handMade } from "../router/models.ts";

const countTimers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

it("reliableModel() leaves no timer behind on any way out", async () => {
  const stubborn = handMade([
    async function* () {
      yield await new Promise<never>(() => {});
    },
  ]);
  const endings = [
    { model: scriptedModel(["hello"]), leaves: false },
    { model: scriptedModel(["hello there"]), leaves: true },
    { model: scriptedModel([busy(), "hello"]), leaves: false },
    { model: scriptedModel([new Error("bug")]), leaves: false },
    { model: scriptedModel([{ deltas: ["half"], error: busy() }]), leaves: false },
    { model: stubborn, leaves: false },
    { model: stubborn, leaves: false, abortMs: 10 },
    { model: scriptedModel([busy({ retryAfterMs: 30_000 })]), leaves: false, abortMs: 10 },
  ];
  for (const { model, leaves, abortMs } of endings) {
    const controller = new AbortController();
    if (abortMs !== undefined) setTimeout(() => controller.abort("over"), abortMs);
    // The stubborn model ends by its time limit where nobody aborts.
    const firstChunkMs = model === stubborn && abortMs === undefined ? 20 : 300_000;
    const options = { firstChunkMs, maxRetries: 1, baseDelayMs: 1 };
    // How it ends is for other tests.
    await readSome(reliableModel(model, options).stream(ask(), controller), leaves).catch(() => {});
  }
  // Timers of the test runner come and go, and none of them stays.
  let left = countTimers();
  for (let looks = 0; looks < 500 && left > 0; looks += 1) {
    await sleep(10);
    left = countTimers();
  }
  expect(left).toBe(0);
});

async function readSome(parts: AsyncIterable<ModelStreamPart>, leaves: boolean): Promise<void> {
  for await (const part of parts) if (part.type === "text-delta" && leaves) break;
}
