// The process of durable.test.ts: an agent that pays, by a service of its own process. `node pay-agent.ts FOLDER URL KIND`
import { join } from "node:path";
import { z } from "zod";

import { createHarness, defineTool, type Model } from "../../src/index.ts";
import { sqliteStore } from "../../src/session/index.ts";

const [, , folder = "", url = "", kind = "once", mode = "begin"] = process.argv;

const pay = defineTool({
  name: "Pay",
  description: "Pays an invoice",
  input: z.object({ invoice: z.string(), amount: z.number() }),
  effect: "network",
  durability: kind === "idempotent" ? "idempotent" : "atMostOnce",
  async execute({ invoice, amount }, { idempotencyKey }) {
    const response = await fetch(`${url}/charges`, {
      method: "POST",
      headers: { "idempotency-key": idempotencyKey },
      body: JSON.stringify({ invoice, amount }),
    });
    return `receipt ${await response.text()}`;
  },
  ...(kind === "reconciles"
    ? {
        async reconcile(_input, { idempotencyKey }) {
          const response = await fetch(`${url}/charges/${idempotencyKey}`);
          if (response.status === 404) return { status: "not_done" as const };
          return { status: "done" as const, output: `receipt ${await response.text()}` };
        },
      }
    : {}),
});

const name = { provider: "scripted", id: "scripted" };
const model: Model = {
  ...name,
  info: { ...name, pricing: { input: 1, output: 1 } },
  async *stream({ messages }) {
    const isFirst = messages.every(({ role }) => role !== "assistant");
    const call = { type: "tool-call" as const, id: "c", name: "Pay", args: { invoice: "INV-7", amount: 120 } };
    const text = { type: "text" as const, text: "Paid INV-7." };
    const usage = { input: 1, output: 1, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
    const message = { role: "assistant" as const, content: [isFirst ? call : text], model: name };
    yield { type: "finish", reason: isFirst ? "tool_use" : "end_turn", usage, message };
  },
};

const store = await sqliteStore(join(folder, "harness.db"));
const harness = await createHarness({
  model,
  tools: [pay],
  session: { id: "invoice-7", store },
  permissions: kind === "asks" ? { ask: ["Pay"] } : { allow: ["Pay"] },
  onApproval: "pause",
  config: false,
  audit: false,
  sandbox: "none",
  env: { HOME: folder },
});
const run = mode === "begin" ? harness.run("Pay invoice 7") : harness.resume("invoice-7");
const { stopReason, text } = await run.result;
console.log(`${stopReason}: ${text}`);
await harness[Symbol.asyncDispose]();
await store.close();
