/** What counting money costs a model call, how many calls a shared ledger can hold in a second, and what routing and caching save. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { BudgetTracker, openLedger } from "harness-agent/budget";
import { findModel, priceOf } from "harness-agent/catalogue";
import { reliableModel, Router } from "harness-agent/router";
import type { Model, ModelRequest, ModelStreamPart } from "harness-agent";

import { WORKLOAD } from "./workload.ts";

const CALLS = 2_000;
const DELTAS = 2_000;
const BLOCKS = 9;

/** Prints the tables. */
export async function measureMoney(): Promise<void> {
  await measureCall();
  await measureLedger();
  simulateSavings();
}

async function measureCall(): Promise<void> {
  const [bare, routed] = [scripted(1), wrap(scripted(1))];
  const budget = new BudgetTracker({ maxCost: 1_000_000, maxTokens: Number.MAX_SAFE_INTEGER });
  const withBudget = async (): Promise<void> => {
    using held = budget.reserve({ tokens: 1000, cost: 0.001, turns: 1, callId: `c${(count += 1)}` });
    await drain(routed);
    held.settle({ tokens: 500, cost: 0.0005 });
  };
  let count = 0;
  const perCall = await middle(async () => {
    const plain = await cpuOf(async () => await repeat(CALLS, () => drain(bare)));
    const governed = await cpuOf(async () => await repeat(CALLS, withBudget));
    return (governed - plain) / CALLS;
  });
  const [long, longRouted] = [scripted(DELTAS), wrap(scripted(DELTAS))];
  const perDelta = await middle(async () => {
    const plain = await cpuOf(async () => await repeat(20, () => drain(long)));
    const governed = await cpuOf(async () => await repeat(20, () => drain(longRouted)));
    return (governed - plain) / (20 * DELTAS);
  });
  console.log("Router + budget + retry around a model, CPU (median of blocks)");
  console.log(`  added to a call                       ${perCall.toFixed(2).padStart(8)} µs   (must: under 30)`);
  console.log(`  added to a delta that is there        ${perDelta.toFixed(3).padStart(8)} µs`);
}

/** What a network's chunk brings: parts that are there already, one promise for all of them. */
function scripted(deltas: number): Model {
  const finish: ModelStreamPart = {
    type: "finish",
    reason: "end_turn",
    usage: undefined,
    message: { role: "assistant", content: [], model: { provider: "bench", id: "bench" } },
  };
  return {
    provider: "bench",
    id: "bench",
    info: { provider: "bench", id: "bench", pricing: { input: 1, output: 1 } },
    stream: () => ({
      [Symbol.asyncIterator]() {
        let left = deltas;
        const take = (): ModelStreamPart | undefined => {
          left -= 1;
          return left >= 0 ? { type: "text-delta", text: "x" } : left === -1 ? finish : undefined;
        };
        return {
          next: async () => {
            const value = take();
            return value === undefined ? { done: true as const, value: undefined } : { done: false as const, value };
          },
          ready: take,
        };
      },
    }),
  };
}

function wrap(model: Model): Model {
  return reliableModel(new Router({ models: [model, scripted(1)], strategy: "cost_optimized" }));
}

const REQUEST: ModelRequest = {
  messages: [{ role: "user", content: [{ type: "text", text: "What does this file do?" }] }],
  tools: [],
  maxOutputTokens: 1000,
};

interface Reading {
  next(): Promise<IteratorResult<ModelStreamPart>>;
  ready?(): ModelStreamPart | undefined;
}

async function drain(model: Model): Promise<void> {
  const { signal } = new AbortController();
  const parts: Reading = model.stream(REQUEST, { signal })[Symbol.asyncIterator]();
  for (;;) {
    const ready = parts.ready?.();
    if (ready !== undefined) continue;
    const step = await parts.next();
    if (step.done === true) return;
  }
}

async function measureLedger(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "harness-bench-"));
  try {
    console.log("\nShared ledger (SQLite) in one process");
    console.log("                                       held, in a second of CPU   held and settled");
    for (const durable of [false, true]) {
      const ledger = await openLedger(join(folder, `${durable}.db`), { durable });
      const budget = ledger.budget([{ scope: "tenant", id: "bench", maxCost: 1_000_000 }]);
      for (const lanes of [1, 32]) {
        const calls = durable ? 2_000 : 20_000;
        const held = await rateOf(calls, lanes, async () => void (await budget.reserve(ESTIMATE)));
        const settled = await rateOf(calls, lanes, async () => {
          const reservation = await budget.reserve(ESTIMATE);
          await reservation.settle({ tokens: 50, cost: 0.0005 });
        });
        const name = `${durable ? "on the disk (FULL)" : "NORMAL"}, ${lanes} at a time`;
        const rates = [held, settled].map((rate) => String(Math.round(rate)).padStart(13)).join("   ");
        console.log(`  ${name.padEnd(36)} ${rates}${durable ? "" : "   (must: 10 000 held)"}`);
      }
      await ledger.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ESTIMATE = { tokens: 100, cost: 0.001 };

/** How often in a second of CPU, so many at a time: what else the machine does counts little. */
async function rateOf(calls: number, lanes: number, work: () => Promise<void>): Promise<number> {
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  const micros = await cpuOf(async () => void (await Promise.all(Array.from({ length: lanes }, lane))));
  return (calls / micros) * 1_000_000;
}

const FAMILIES: readonly (readonly [best: string, cheap: string])[] = [
  ["anthropic/claude-opus-5-5", "anthropic/claude-haiku-5-5"],
  ["anthropic/claude-sonnet-5-5", "anthropic/claude-haiku-5-5"],
  ["anthropic/claude-sonnet-4-20250514", "anthropic/claude-haiku-4-5-20251001"],
  ["openai/gpt-5.5", "openai/gpt-5.4-mini"],
  ["google/gemini-2.5-pro", "google/gemini-2.5-flash"],
];

/** The router's own judgement over a mixed workload, at the catalogue's prices. Nothing is called. */
function simulateSavings(): void {
  console.log(
    `\nWhat cost_optimized and caching save against always the best (${WORKLOAD.length} kinds of tasks, real prices)`,
  );
  console.log(
    "  best / simple                                               always best  routed     cached      both   routed, simple tasks alone",
  );
  for (const [best, cheap] of FAMILIES) {
    const models = [toModel(best), toModel(cheap)];
    if (models.some((model) => model === undefined)) {
      console.log(`  ${best} / ${cheap}: not in the catalogue`);
      continue;
    }
    const [first, simple] = models as [Model, Model];
    const router = new Router({ models: [first, simple], strategy: "cost_optimized", simpleTaskModel: simple });
    const cost = { plain: 0, routed: 0, cached: 0, both: 0, simplePlain: 0, simpleRouted: 0 };
    for (const task of WORKLOAD) {
      const chosen = router.explain(ask(task.prompt)).order[0] ?? first;
      if (chosen === simple) {
        cost.simplePlain += costOf(task, first, false);
        cost.simpleRouted += costOf(task, chosen, false);
      }
      cost.plain += task.share * costOf(task, first, false);
      cost.routed += task.share * costOf(task, chosen, false);
      cost.cached += task.share * costOf(task, first, true);
      cost.both += task.share * costOf(task, chosen, true);
    }
    const saved = (usd: number, of = cost.plain): string => `−${Math.round((1 - usd / of) * 100)} %`.padStart(9);
    const name = `${best} / ${cheap}`.padEnd(58);
    console.log(
      `  ${name} ${cost.plain.toFixed(4).padStart(9)} ${saved(cost.routed)} ${saved(cost.cached)} ${saved(cost.both)}`,
    );
  }
  const routed = new Router({
    models: [scripted(1), { ...scripted(1), id: "cheap" }],
    strategy: "cost_optimized",
    simpleTaskModel: "cheap",
  });
  const simple = WORKLOAD.filter(({ prompt }) => routed.explain(ask(prompt)).order[0]?.id === "cheap");
  const share = simple.reduce((sum, task) => sum + task.share, 0);
  const tokens = (tasks: typeof WORKLOAD): number => tasks.reduce((sum, task) => sum + task.share * inputOf(task), 0);
  console.log(
    `  simple by the router's rules: ${Math.round(share * 100)} % of the tasks, ${Math.round((tokens(simple) / tokens(WORKLOAD)) * 100)} % of the prompt tokens.`,
  );
  console.log(
    "  USD of one average task. The seed claims 40–60 % by routing alone: true only where simple tasks are most of the tokens.",
  );
}

type Task = (typeof WORKLOAD)[number];

/** Each turn sends everything before it again. */
function inputOf({ firstPrompt, perTurn, turns }: Task): number {
  return turns * firstPrompt + (perTurn * turns * (turns - 1)) / 2;
}

function costOf(task: Task, model: Model, isCached: boolean): number {
  const { firstPrompt, perTurn, turns, answer } = task;
  let sum = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    const input = firstPrompt + perTurn * turn;
    const before = turn === 0 ? 0 : firstPrompt + perTurn * (turn - 1);
    const isMarked = isCached && turns > 1;
    const usage = {
      input,
      output: answer,
      cacheRead: isMarked ? before : 0,
      cacheWrite: isMarked ? input - before : 0,
      reasoning: 0,
    };
    sum += priceOf(usage, model.info) ?? Number.NaN;
  }
  return sum;
}

function toModel(name: string): Model | undefined {
  const info = findModel(name);
  return info === undefined ? undefined : { ...scripted(1), provider: info.provider, id: info.id, info };
}

function ask(prompt: string): ModelRequest {
  return { ...REQUEST, messages: [{ role: "user", content: [{ type: "text", text: prompt }] }] };
}

async function repeat(times: number, work: () => Promise<void>): Promise<void> {
  for (let index = 0; index < times; index += 1) await work();
}

/** Microseconds of CPU. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function middle(measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let block = 0; block < BLOCKS; block += 1) values.push(await measure());
  return values.toSorted((left, right) => left - right)[BLOCKS >> 1] ?? Number.NaN;
}
