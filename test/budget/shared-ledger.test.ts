import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BudgetExhaustedError, openLedger, type LedgerAccount, type SharedLedger } from "../../src/budget/index.ts";
import { HarnessError } from "../../src/errors/index.ts";
import type { Budget, Reservation } from "../../src/spec/index.ts";
import { budgetConformance, fakeClock } from "../../src/testing/index.ts";
import { expectConforming } from "../testing/run-cases.ts";
import { useTemporaryFolder } from "../testing/temporary-folder.ts";
import { expectLimitOfFour } from "./limit-of-four.ts";

const newFolder = useTemporaryFolder();
const newFile = async (): Promise<string> => join(await newFolder(), "ledger.db");

expectConforming(
  "a shared budget",
  budgetConformance(async (limits) => {
    const ledger = await openLedger(await newFile(), { durable: false });
    return ledger.budget([{ scope: "session", id: "s", ...limits }]);
  }),
);
expectConforming(
  "a child of a shared budget",
  budgetConformance(async (limits) => {
    const ledger = await openLedger(await newFile(), { durable: false });
    return ledger.budget([{ scope: "session", id: "s" }]).child(limits);
  }),
);

describe("openLedger() refuses", () => {
  it("a file that is no database", async () => {
    const path = await newFile();
    await writeFile(path, "not a database, and long enough that it could have been one ".repeat(100));
    const error = await openLedger(path).catch((thrown: unknown) => thrown);
    expect(HarnessError.isInstance(error) && error.code).toBe("budget_failed");
  });

  it("accounts that do not say whose they are, and none at all", async () => {
    await using ledger = await openLedger(await newFile());
    expect(() => ledger.budget([])).toThrow(TypeError);
    expect(() => ledger.budget([{ scope: "tenant", maxCost: 1 }])).toThrow(/tenant.*id/);
    expect(() => ledger.budget([{ scope: "day", maxCost: -1 }])).toThrow(RangeError);
  });

  it("a call whose price nobody knows, with the way out", async () => {
    await using ledger = await openLedger(await newFile());
    const budget = ledger.budget([{ scope: "day", maxCost: 1 }]);
    await expect(budget.reserve({ tokens: 1 })).rejects.toThrow(/price.*maxTokens/);
  });

  it("a call that any one of its accounts cannot pay, and holds nothing on the others", async () => {
    await using ledger = await openLedger(await newFile());
    const budget = ledger.budget([
      { scope: "session", id: "s" },
      { scope: "tenant", id: "acme", maxCost: 0.01 },
    ]);
    await expect(budget.reserve({ tokens: 1, cost: 0.02 })).rejects.toThrow(/tenant "acme"/);
    expect(await budget.snapshot()).toMatchObject({ costReserved: 0, tokensReserved: 0 });
    expect(ledger.open()).toEqual([]);
  });
});

describe("a shared ledger that cannot be written", () => {
  it("refuses every call with a typed error, and settles nothing by halves", async () => {
    const ledger = await openLedger(await newFile());
    const budget = ledger.budget([{ scope: "day", maxTokens: 100 }]);
    const held = await budget.reserve({ tokens: 10, cost: 0 });
    await ledger.close();
    await expect(budget.reserve({ tokens: 10, cost: 0 })).rejects.toMatchObject({ code: "budget_failed" });
    await expect(held.settle({ tokens: 1, cost: 0 })).rejects.toMatchObject({ code: "budget_failed" });
    await using again = await openLedger(ledger.path);
    const state = await again.budget([{ scope: "day", maxTokens: 100 }]).snapshot();
    expect(state).toMatchObject({ tokensReserved: 10, tokensUsed: 0, tokensRemaining: 90 });
  });
});

describe("a shared ledger", () => {
  it("holds and settles a named call once, whoever asks again", async () => {
    const path = await newFile();
    await using first = await openLedger(path);
    await using second = await openLedger(path);
    const account: LedgerAccount = { scope: "session", id: "s", maxCost: 1 };
    const [one, two] = [first.budget([account]), second.budget([account])];
    const held = await one.reserve({ tokens: 10, cost: 0.4, callId: "c" });
    const again = await two.reserve({ tokens: 10, cost: 0.4, callId: "c" });
    expect(await two.snapshot()).toMatchObject({ costReserved: 0.4, costUsed: 0 });
    await held.settle({ tokens: 5, cost: 0.1 });
    await again.settle({ tokens: 5, cost: 0.1 });
    await (await one.reserve({ tokens: 10, cost: 0.4, callId: "c" })).settle({ tokens: 5, cost: 0.3 });
    expect(await two.snapshot()).toMatchObject({ costReserved: 0, costUsed: 0.1, tokensUsed: 5 });
    // Another try of the same call is another payment.
    await (await one.reserve({ tokens: 10, cost: 0.4, callId: "c", attempt: 2 })).settle({ tokens: 5, cost: 0.3 });
    expect(await two.snapshot()).toMatchObject({ costUsed: 0.4 });
  });

  it("keeps what a lost process held as spent until its bill is known", async () => {
    const path = await newFile();
    const lost = await openLedger(path);
    await lost.budget([{ scope: "session", id: "s", maxCost: 1 }]).reserve({ cost: 0.9, tokens: 1, callId: "lost" });
    await using ledger = await openLedger(path);
    const budget = ledger.budget([{ scope: "session", id: "s", maxCost: 1 }]);
    await expect(budget.reserve({ cost: 0.2, tokens: 1 })).rejects.toThrow(BudgetExhaustedError);
    expect(ledger.open()).toMatchObject([{ key: "lost#1", costNanos: 900_000_000 }]);
    expect(await ledger.reconcile("lost#1", { cost: 0.3, tokens: 1 })).toBe(true);
    expect(await ledger.reconcile("lost#1", { cost: 0, tokens: 0 })).toBe(false);
    expect(await budget.snapshot()).toMatchObject({ costUsed: 0.3, costReserved: 0 });
    await lost.close();
  });

  it("counts days and months anew, and settles where it held", async () => {
    const clock = fakeClock(Date.parse("2026-11-30T23:59:00Z"));
    await using ledger = await openLedger(await newFile(), { clock });
    const budget = ledger.budget([
      { scope: "agent", id: "reviewer", window: "day", maxCost: 1 },
      { scope: "month", maxCost: 1.5 },
    ]);
    const late = await budget.reserve({ cost: 1, tokens: 1 });
    await expect(budget.reserve({ cost: 0.1, tokens: 1 })).rejects.toThrow(/agent "reviewer" in this day/);
    await clock.advance(120_000);
    expect(await budget.snapshot()).toMatchObject({ costUsed: 0, costReserved: 0, costRemaining: 1 });
    await late.settle({ cost: 0.9, tokens: 1 });
    expect(await budget.snapshot()).toMatchObject({ costUsed: 0 });
  });

  it("does not take one name for another", async () => {
    await using ledger = await openLedger(await newFile());
    const ids = ['a","day', "a", "a\u0000b", "a\u0000c", ""];
    for (const id of ids.slice(0, 4)) {
      const budget = ledger.budget([{ scope: "agent", id, maxTokens: 10 }]);
      await (await budget.reserve({ tokens: 10, cost: 0 })).settle({ tokens: 10, cost: 0 });
      expect(await budget.snapshot(), id).toMatchObject({ tokensUsed: 10 });
    }
  });

  it("grants one more window where a limit asks, for every process", async () => {
    const path = await newFile();
    await using first = await openLedger(path);
    await using second = await openLedger(path);
    const account: LedgerAccount = { scope: "tenant", id: "t", maxCost: 1, onLimit: "ask" };
    const [one, two] = [first.budget([account]), second.budget([account])];
    await (await one.reserve({ cost: 1, tokens: 1 })).settle({ cost: 1, tokens: 1 });
    const refusal = await Promise.resolve(two.reserve({ cost: 0.5, tokens: 1 })).catch((error: unknown) => error);
    expect(BudgetExhaustedError.isInstance(refusal) && refusal.isExtendable).toBe(true);
    expect(await two.extend?.()).toBe(true);
    expect(await two.extend?.()).toBe(false);
    expect(await one.snapshot()).toMatchObject({ maxCost: 2, costRemaining: 1 });
  });
});

/** One step of two processes that share a ledger. Amounts are thousandths of a USD. */
const step = fc.record({
  who: fc.nat(1),
  worst: fc.integer({ min: 1, max: 400 }),
  share: fc.nat({ max: 100 }),
  /** Where the process dies, if it does. */
  dies: fc.constantFrom(
    "never",
    "never",
    "never",
    "before the call",
    "after the call",
    "while settling",
    "after settling",
  ),
  repeats: fc.boolean(),
});

it("never lets spent and reserved pass the limit, settles nothing twice and adds up to the bill, whoever dies where", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 8 }), async (rounds) => {
      const path = await newFile();
      const bill = new Map<string, number>();
      const processes = await Promise.all([0, 1].map(async () => await openProcess(path)));
      let calls = 0;
      for (const round of rounds) {
        // The steps of one round run at the same time.
        await Promise.all(
          round.map(async (each) => {
            const callId = `call-${(calls += 1)}`;
            await live(each, { callId, path, processes, bill });
          }),
        );
        const { costUsed, costReserved } = await tenantOf(processes[0]).snapshot();
        expect(costUsed + costReserved).toBeLessThanOrEqual(1 + 1e-9);
        expect(costUsed + costReserved + 1e-9).toBeGreaterThanOrEqual(sum(bill));
      }
      const last = await openProcess(path);
      for (const { key } of last.ledger.open()) {
        await last.ledger.reconcile(key, { cost: (bill.get(key.replace("#1", "")) ?? 0) / 1000, tokens: 0 });
      }
      const { costUsed, costReserved } = await last.tenant.snapshot();
      expect([Math.round(costUsed * 1000), costReserved]).toEqual([Math.round(sum(bill) * 1000), 0]);
      for (const { ledger } of [...processes, last]) await ledger.close();
    }),
    { numRuns: 40 },
  );
});

interface Process {
  ledger: SharedLedger;
  tenant: Budget;
}

async function openProcess(path: string): Promise<Process> {
  const ledger = await openLedger(path, { durable: false });
  return { ledger, tenant: ledger.budget([{ scope: "tenant", id: "acme", maxCost: 1 }]) };
}

function tenantOf(process: Process | undefined): Budget {
  if (process === undefined) throw new Error("There is no such process");
  return process.tenant;
}

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function live(
  { who, worst, share, dies, repeats }: Step,
  world: {
    readonly callId: string;
    readonly path: string;
    readonly processes: Process[];
    readonly bill: Map<string, number>;
  },
): Promise<void> {
  const { callId, path, processes, bill } = world;
  const estimate = { cost: worst / 1000, tokens: 1, callId };
  const held = await tryReserve(tenantOf(processes[who]), estimate);
  if (held === undefined) return;
  /** Whoever dies loses its handles; another one opens the file anew. Nothing is closed. */
  const die = async (): Promise<void> => {
    processes[who] = await openProcess(path);
  };
  if (dies === "before the call") return await die();
  const actual = Math.floor((worst * share) / 100);
  bill.set(callId, actual);
  if (dies === "after the call") return await die();
  const settling = held.settle({ cost: actual / 1000, tokens: 1 });
  if (dies === "while settling") await die();
  await settling;
  if (dies === "after settling") await die();
  if (!repeats) return;
  const again = await tryReserve(tenantOf(processes[who]), estimate);
  await again?.settle({ cost: worst / 1000, tokens: 1 });
}

async function tryReserve(
  budget: Budget,
  estimate: Parameters<Budget["reserve"]>[0],
): Promise<Reservation | undefined> {
  try {
    return await budget.reserve(estimate);
  } catch (error) {
    if (BudgetExhaustedError.isInstance(error)) return undefined;
    throw error;
  }
}

/** USD. */
function sum(bill: ReadonlyMap<string, number>): number {
  return [...bill.values()].reduce((total, cost) => total + cost, 0) / 1000;
}

describe("four processes on one ledger", () => {
  it("never overspend when two of them are killed in the middle", async () => {
    await expectLimitOfFour(await newFile());
  });
});
