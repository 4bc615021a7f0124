import { describe, expect, it } from "vitest";

import { createQueue } from "../../src/async/index.ts";
import { createHarness, run } from "../../src/index.ts";
import type { Model, ModelRequest } from "../../src/spec/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { collectGarbage } from "../held-bytes.ts";
import { openStage, weatherTool } from "../stories/stage.ts";

const TURNS = 1000;
/** What a turn of the test puts into the history for good: two messages and their events. */
const BYTES_PER_TURN = 4096;
/** Compiled code, caches and what a collection leaves for the next one: up to 1.7 MB was seen on a busy machine. */
const SLACK_BYTES = 2 * 1024 * 1024;

function heapAfterCollection(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** A model that asks for a tool turn after turn, with many deltas, and keeps nothing. */
function talkativeModel(turns: number, onTurn: (turn: number) => void): Model {
  const usage = { input: 100, output: 50, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
  const model = { provider: "test", id: "talkative" };
  let turn = 0;
  return {
    ...model,
    async *stream(_request: ModelRequest) {
      turn += 1;
      onTurn(turn);
      for (let delta = 0; delta < 50; delta += 1) yield { type: "text-delta", text: `word${delta} ` };
      const text = { type: "text", text: `turn ${turn}` } as const;
      const call = { type: "tool-call", id: `call_${turn}`, name: "Weather", args: { city: `${turn}` } } as const;
      const isLast = turn === turns;
      const content = isLast ? [text] : [text, call];
      if (!isLast) yield { type: "tool-call", call };
      const reason = isLast ? "end_turn" : "tool_use";
      yield { type: "finish", reason, usage, message: { role: "assistant", content, model } };
    },
  };
}

describe("run() memory", () => {
  it(`grows over ${TURNS} turns by the history and by nothing else`, async () => {
    await using stage = await openStage();
    const heap = new Map<number, number>();
    const model = talkativeModel(TURNS, (turn) => {
      if (turn === 200 || turn === 600 || turn === TURNS) heap.set(turn, heapAfterCollection());
    });
    let messages = 0;
    const current = run("Go", stage.options({ model, tools: [weatherTool().tool], maxTurns: TURNS }));
    for await (const message of current) {
      messages += 1;
      expect(message.seq).toBe(messages - 1);
    }
    await expect(current.result).resolves.toMatchObject({ stopReason: "end_turn", turns: TURNS });
    expect(messages).toBeGreaterThan(50 * TURNS);
    const [early = 0, middle = 0, late = 0] = [heap.get(200), heap.get(600), heap.get(TURNS)];
    expect(late - early).toBeLessThan((TURNS - 200) * BYTES_PER_TURN + SLACK_BYTES);
    // Not more than linear: the second half costs what the first one did.
    expect(late - middle).toBeLessThan((middle - early) * 1.5 + SLACK_BYTES);
  });

  it("is bounded when only the end is awaited, however much was said", async () => {
    await using stage = await openStage();
    const heap = new Map<number, number>();
    const model = talkativeModel(400, (turn) => {
      if (turn === 100 || turn === 400) heap.set(turn, heapAfterCollection());
    });
    const options = stage.options({ model, tools: [weatherTool().tool], maxTurns: 400 });
    await expect(run("Go", options).result).resolves.toMatchObject({ stopReason: "end_turn" });
    expect((heap.get(400) ?? 0) - (heap.get(100) ?? 0)).toBeLessThan(300 * BYTES_PER_TURN + SLACK_BYTES);
  });

  it("of a run that ended is free although its harness lives on", async () => {
    await using stage = await openStage();
    await using harness = await createHarness(stage.options({ model: scriptedModel(["One.", "Two.", "Three."]) }));
    const perform = async (): Promise<WeakRef<object>> => {
      const current = harness.run("Go");
      await current.text();
      return new WeakRef(current);
    };
    const ended = [await perform(), await perform(), await perform()];
    // What a WeakRef gave or was made of lives on until the task ends.
    await expect
      .poll(() => {
        collectGarbage();
        return ended.filter((reference) => reference.deref() !== undefined).length;
      })
      .toBe(0);
  });
});

describe("createQueue() memory", () => {
  it("does not keep what a reader took that never catches up", async () => {
    const queue = createQueue<object>();
    const references: WeakRef<object>[] = [];
    const fill = (count: number): void => {
      for (let index = 0; index < count; index += 1) {
        const item = { index };
        references.push(new WeakRef(item));
        queue.push(item);
      }
    };
    const iterator = queue[Symbol.asyncIterator]();
    fill(500);
    for (let index = 0; index < 400; index += 1) await iterator.next();
    // What a WeakRef gave or was made of lives on until the task ends.
    await new Promise((resolve) => setTimeout(resolve, 10));
    collectGarbage();
    expect(references.filter((reference) => reference.deref() !== undefined).length).toBeLessThan(150);
  });
});
