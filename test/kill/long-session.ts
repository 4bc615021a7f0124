// A session of 1 000 turns with a call each. Prints the megabytes of the heap after 200 and after 1 000 turns.
import { join } from "node:path";
import { z } from "zod";

import { createHarness, defineTool, type Model } from "../../src/index.ts";
import { sqliteStore } from "../../src/session/index.ts";

const [, , folder = ""] = process.argv;
const heaps: number[] = [];
let turn = 0;
const name = { provider: "scripted", id: "scripted" };
const model: Model = {
  ...name,
  info: { ...name, pricing: { input: 0, output: 0 } },
  async *stream() {
    turn += 1;
    if (turn === 200 || turn === 1000) {
      globalThis.gc?.();
      heaps.push(process.memoryUsage().heapUsed / 1e6);
    }
    const isLast = turn > 1000;
    const call = { type: "tool-call" as const, id: "c", name: "Add", args: { amount: turn } };
    const content = isLast ? [{ type: "text" as const, text: "Done." }] : [call];
    const usage = { input: 10, output: 5, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
    yield {
      type: "finish",
      reason: isLast ? "end_turn" : "tool_use",
      usage,
      message: { role: "assistant", content, model: name },
    };
  },
};
const add = defineTool({
  name: "Add",
  description: "Adds",
  input: z.object({ amount: z.number() }),
  effect: "write",
  durability: "idempotent",
  execute: ({ amount }) => `sum ${amount}`,
});
const store = await sqliteStore(join(folder, "harness.db"));
const harness = await createHarness({
  model,
  tools: [add],
  session: { id: "s", store },
  permissions: { allow: ["Add"] },
  maxTurns: 2000,
  config: false,
  audit: false,
  env: { HOME: folder },
});
const { turns } = await harness.run("Go").result;
await harness[Symbol.asyncDispose]();
await store.close();
console.log(JSON.stringify({ turns, heaps }));
