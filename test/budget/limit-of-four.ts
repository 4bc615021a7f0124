import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

import { openLedger } from "../../src/budget/index.ts";

/** What happened in `expectLimitOfFour`, for a table. USD. */
export interface LimitOfFour {
  readonly limit: number;
  readonly billed: number;
  /** Calls of the killed workers that were held and never settled. */
  readonly stranded: number;
}

/**
 * Four processes spend from one ledger until its limit refuses them, and two are killed between a bill and its record.
 * Expects that bills never pass the limit, that the ledger knows of every one, and that it adds up once all are reported.
 */
export async function expectLimitOfFour(path: string): Promise<LimitOfFour> {
  const bill = `${path}.bill`;
  await writeFile(bill, "");
  const limit = 10;
  const script = fileURLToPath(new URL("ledger-worker.ts", import.meta.url));
  const begin = (name: string, ...more: readonly string[]) => fork(script, [path, bill, name, String(limit), ...more]);
  const doomed = [begin("a"), begin("b")];
  // Whoever starts first would spend everything before the others come to their calls, of which each may cost 0.05 USD.
  const others = [begin("c", "60"), begin("d", "60")];
  const ends = [...doomed, ...others].map(async (worker) => await once(worker, "exit"));
  await Promise.all(doomed.map(async (worker, index) => await killAfter(worker, 12 + index * 9)));
  for (const worker of others) worker.send("go on");
  const codes = (await Promise.all(ends)).map(([code, signal]: unknown[]) => signal ?? code);
  expect(codes).toEqual(["SIGKILL", "SIGKILL", 0, 0]);

  const lines = (await readFile(bill, "utf8")).trim().split("\n");
  const costs = new Map(lines.map((line) => [line.split(" ")[0] ?? "", Number(line.split(" ")[1])] as const));
  expect(costs.size).toBe(lines.length);
  const billed = [...costs.values()].reduce((total, cost) => total + cost, 0);
  expect(billed).toBeLessThanOrEqual(limit);

  await using ledger = await openLedger(path);
  const tenant = ledger.budget([{ scope: "tenant", id: "acme", maxCost: limit }]);
  const { costUsed, costReserved } = await tenant.snapshot();
  expect(costUsed + costReserved).toBeLessThanOrEqual(limit + 1e-9);
  expect(costUsed + costReserved + 1e-9).toBeGreaterThanOrEqual(billed);
  // The survivors went on until a call did not fit, and those who were killed left something behind.
  expect(costUsed + costReserved).toBeGreaterThan(limit - 1);
  const stranded = ledger.open();
  expect(stranded.length).toBeGreaterThan(0);
  for (const { key } of stranded) {
    await ledger.reconcile(key, { cost: costs.get(key.replace(/#1$/, "")) ?? 0, tokens: 0 });
  }
  const after = await tenant.snapshot();
  expect(after.costReserved).toBe(0);
  expect(Math.round(after.costUsed * 1000)).toBe(Math.round(billed * 1000));
  return { limit, billed, stranded: stranded.length };
}

/** Kills a worker right after its n-th call was billed: before it can settle. */
async function killAfter(worker: ChildProcess, calls: number): Promise<void> {
  let count = 0;
  await new Promise<void>((resolve) => {
    worker.once("exit", resolve);
    worker.on("message", (message) => {
      if (message === "billed") count += 1;
      if (count === calls) {
        worker.kill("SIGKILL");
        resolve();
      }
    });
  });
}
