// A process of the kill matrix: begins one session or goes on with it, and dies where HARNESS_FAULT says.
// `node child.ts FOLDER SCENARIO begin|resume|recover`; prints the stop reason.
import { appendFileSync, closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

import { faultpoint } from "../../src/faults/index.ts";
import { createHarness, defineTool, type Model, type ModelStreamPart } from "../../src/index.ts";
import { sqliteStore } from "../../src/session/index.ts";
import type { SessionStore, ToolDurability } from "../../src/spec/index.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

const [, , folder = "", name = "", mode = "begin", sessionId = "s"] = process.argv;
const scenario: Scenario = SCENARIOS[name] ?? fail();

/** On the disk when it returns: what happened happened, whatever kills the process. */
function keep(file: string, line: string): void {
  const path = join(folder, file);
  appendFileSync(path, `${line}\n`);
  const descriptor = openSync(path, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function makeTool(toolName: string, durability: ToolDurability, effect: "read" | "write") {
  return defineTool({
    name: toolName,
    description: "Has an effect",
    input: z.object({ what: z.string() }),
    effect,
    durability,
    execute({ what }, { callId, idempotencyKey }) {
      keep("effects", JSON.stringify({ toolName, what, callId, idempotencyKey, durability, at: Date.now() }));
      faultpoint("mid-call");
      return `did ${what}`;
    },
    ...(scenario.reconciles === undefined
      ? {}
      : {
          reconcile: () =>
            scenario.reconciles === "done"
              ? ({ status: "done", output: "found done" } as const)
              : ({ status: "not_done" } as const),
        }),
  });
}

const PRICE = { input: 1000, output: 1000 };

/** Answers by how many answers the history holds, so that every process goes on with the same script. */
const model: Model = {
  provider: "scripted",
  id: "scripted",
  info: { id: "scripted", provider: "scripted", pricing: PRICE, contextWindow: 100_000 },
  async *stream({ messages }): AsyncGenerator<ModelStreamPart> {
    const isChild = JSON.stringify(messages[0]).includes("part of the work");
    const turn = messages.filter(({ role }) => role === "assistant").length;
    const step = (isChild ? scenario.child : scenario.turns)?.[turn] ?? { text: "Done." };
    keep("bill", JSON.stringify({ cost: 15 * 0.001 }));
    yield { type: "text-delta", text: "Thin" };
    faultpoint("mid-stream");
    const calls = (step.calls ?? []).map((call, index) => ({
      type: "tool-call" as const,
      // The same for every turn, as bad providers do it.
      id: `call_${index}`,
      name: call.name,
      args: call.args,
    }));
    const content = [...(step.text === undefined ? [] : [{ type: "text" as const, text: step.text }]), ...calls];
    yield {
      type: "finish",
      reason: calls.length > 0 ? "tool_use" : "end_turn",
      usage: { input: 10, output: 5, cacheRead: 0, cacheWrite: 0, reasoning: 0 },
      message: { role: "assistant", content, model: { provider: "scripted", id: "scripted" } },
    };
  },
};

const opened = await sqliteStore(join(folder, "harness.db"));
const store: SessionStore =
  scenario.snapshotEvery === undefined ? opened : { ...opened, snapshotEvery: scenario.snapshotEvery };
const tools = [
  makeTool("Once", "atMostOnce", "write"),
  makeTool("Again", "idempotent", "write"),
  makeTool("Look", "readOnly", "read"),
  makeTool("OnceRead", "atMostOnce", "read"),
];
const harness = await createHarness({
  model,
  tools: scenario.child === undefined ? tools : [...tools, "Task"],
  session: { store, leaseMs: scenario.leaseMs ?? 30_000 },
  config: false,
  audit: false,
  checkpoints: false,
  env: { HOME: folder },
  sandbox: "none",
  permissions:
    scenario.asks === true
      ? { ask: ["Once"], allow: ["Again", "Look"] }
      : { allow: ["Once", "Again", "Look", "OnceRead", "Task"] },
  onApproval: "pause",
  budget: { maxCost: scenario.maxCost ?? 100 },
  maxOutputTokens: 100,
  retry: { maxRetries: 0 },
});
if (mode === "recover") {
  const results = await harness.recover();
  console.log(results.map(({ stopReason }) => stopReason).join(" "));
} else {
  const run =
    mode === "begin" ? harness.run("Do the work", { session: { id: sessionId, store } }) : harness.resume(sessionId);
  const result = await run.result;
  console.log(result.stopReason, result.error?.code ?? "", result.error?.message ?? "");
}
await harness[Symbol.asyncDispose]();
await opened.close();

function fail(): never {
  throw new Error(`There is no scenario ${name}`);
}
