import { appendFileSync, closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

import { faultpoint } from "../../src/faults/index.ts";
import { createHarness, defineTool, type Harness, type Model, type ModelStreamPart } from "../../src/index.ts";
import { sqliteStore } from "../../src/session/index.ts";
import type { SessionStore, Tool, ToolDurability } from "../../src/spec/index.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

/** A harness of the kill matrix, and how its sessions are held. */
export interface KillHarness extends AsyncDisposable {
  readonly harness: Harness;
  readonly store: SessionStore;
  readonly session: (id: string) => { readonly id: string; readonly store: SessionStore; readonly leaseMs: number };
}

/** Whether the process is the one that is to be told to stop. */
const IS_FIRST = process.env["HARNESS_TEST_HANGS"] === "1";

/** USD that the scripted provider bills for a call. */
export const CALL_COST = 0.015;

/** Opens a harness whose model follows a scenario and whose tools write down what they do. */
export async function openHarness(folder: string, name: string): Promise<KillHarness> {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`There is no scenario ${name}`);
  // Often: a snapshot is the live state of its run, which the invariants compare with the events (I8).
  const { snapshotEvery = 4, leaseMs = 30_000, maxCost = 100, asks = false, isAttended = false, child } = scenario;
  const opened = await sqliteStore(join(folder, "harness.db"));
  const store: SessionStore = { ...opened, snapshotEvery };
  const make = (toolName: string, durability: ToolDurability, effect: "read" | "write"): Tool =>
    makeTool(folder, scenario, { toolName, durability, effect });
  const tools = [
    make("Once", "atMostOnce", "write"),
    make("Again", "idempotent", "write"),
    make("Look", "readOnly", "read"),
    make("OnceRead", "atMostOnce", "read"),
  ];
  const harness = await createHarness({
    model: makeModel(folder, scenario),
    tools: child === undefined ? tools : [...tools, "Task"],
    session: { store, leaseMs },
    config: false,
    audit: false,
    checkpoints: false,
    env: { HOME: folder },
    sandbox: "none",
    permissions: asks
      ? { ask: ["Once"], allow: ["Again", "Look"] }
      : { allow: ["Once", "Again", "Look", "OnceRead", "Task"] },
    onApproval: isAttended && IS_FIRST ? () => new Promise<never>(() => {}) : "pause",
    timeouts: { closeMs: 700 },
    budget: { maxCost },
    maxOutputTokens: 100,
    retry: { maxRetries: 0 },
  });
  return {
    harness,
    store,
    session: (id) => ({ id, store, leaseMs }),
    async [Symbol.asyncDispose]() {
      await harness[Symbol.asyncDispose]();
      await opened.close();
    },
  };
}

/** On the disk when it returns: what happened happened, whatever kills the process. */
function keep(folder: string, file: string, line: string): void {
  const path = join(folder, file);
  appendFileSync(path, `${line}\n`);
  const descriptor = openSync(path, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function makeTool(
  folder: string,
  { reconciles, callMs = 0, hangs }: Scenario,
  tool: { readonly toolName: string; readonly durability: ToolDurability; readonly effect: "read" | "write" },
): Tool {
  const { toolName, durability, effect } = tool;
  const reconcile = (): { status: "done"; output: string } | { status: "not_done" } =>
    reconciles === "done" ? { status: "done", output: "found done" } : { status: "not_done" };
  const made = defineTool({
    name: toolName,
    description: "Has an effect",
    input: z.object({ what: z.string() }),
    effect,
    durability,
    async execute({ what }, { callId, idempotencyKey, signal }) {
      keep(folder, "effects", JSON.stringify({ toolName, what, callId, idempotencyKey, durability, at: Date.now() }));
      faultpoint("mid-call");
      if (IS_FIRST && hangs?.startsWith("call") === true) await hang(hangs, signal);
      if (callMs > 0) await sleep(Math.random() * callMs);
      // Unlike what the same call says when it is made again.
      return `did ${what}, ${crypto.randomUUID()}`;
    },
    ...(reconciles === undefined ? {} : { reconcile }),
  });
  return made as Tool;
}

/** Tells that it is at work, and is so until it is told to stop, or does not listen. */
async function hang(how: NonNullable<Scenario["hangs"]>, signal: AbortSignal): Promise<void> {
  console.log("at work");
  if (how === "call-that-ends") return await sleep(400);
  if (how === "call-that-hears-nothing") return await new Promise(() => setInterval(() => {}, 1000));
  await sleep(600_000, undefined, { signal });
}

/** Answers by how many answers the history holds, so that every process goes on with the same script. */
function makeModel(folder: string, scenario: Scenario): Model {
  const name = { provider: "scripted", id: "scripted" };
  return {
    ...name,
    info: { ...name, pricing: { input: 1000, output: 1000 }, contextWindow: 100_000 },
    async *stream({ messages }, { signal }): AsyncGenerator<ModelStreamPart> {
      const isChild = JSON.stringify(messages[0]).includes("part of the work");
      const turn = messages.filter(({ role }) => role === "assistant").length;
      const { text, calls: wanted = [] } = (isChild ? scenario.child : scenario.turns)?.[turn] ?? { text: "Done." };
      keep(folder, "bill", JSON.stringify({ cost: CALL_COST }));
      yield { type: "text-delta", text: "Thin" };
      faultpoint("mid-stream");
      if (IS_FIRST && turn === 1 && scenario.hangs === "model") await hang("model", signal);
      // The same ids in every turn, as bad providers give them.
      const calls = wanted.map((call, index) => ({ type: "tool-call" as const, id: `call_${index}`, ...call }));
      yield {
        type: "finish",
        reason: calls.length > 0 ? "tool_use" : "end_turn",
        usage: { input: 10, output: 5, cacheRead: 0, cacheWrite: 0, reasoning: 0 },
        message: {
          role: "assistant",
          // No two answers are the same: what was shown and what was kept can be told apart.
          content: [{ type: "text" as const, text: `${text ?? "Next."} ${crypto.randomUUID()}` }, ...calls],
          model: name,
        },
      };
    },
  };
}
