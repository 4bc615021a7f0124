import { describe, expect, it } from "vitest";

import type { ConformanceCase } from "../../src/testing/index.ts";

/** Runs a suite against an implementation that holds. */
export function expectConforming(name: string, cases: readonly ConformanceCase[]): void {
  describe(`${name} conforms:`, () => {
    it.each(cases.map((one) => [one.name, one] as const))("%s", async (_name, { run }) => {
      await expect(run()).resolves.toBeUndefined();
    });
  });
}

/**
 * Runs a suite against broken implementations and expects that each of them is found, and that every rule of the suite
 * finds one: a rule that nothing can break proves nothing.
 */
export async function expectFaultsFound(suites: Readonly<Record<string, readonly ConformanceCase[]>>): Promise<void> {
  const rules = new Set(Object.values(suites).flatMap((cases) => cases.map(({ name }) => name)));
  const found = new Set<string>();
  for (const [fault, cases] of Object.entries(suites)) {
    const failed = await failingRules(cases);
    expect(failed, `the suite finds: ${fault}`).not.toEqual([]);
    for (const name of failed) found.add(name);
  }
  expect([...found].sort()).toEqual([...rules].sort());
}

/** The names of the cases that fail. */
export async function failingRules(cases: readonly ConformanceCase[]): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { name, run } of cases) await run().catch(() => failed.push(name));
  return failed;
}
