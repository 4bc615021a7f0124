import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import type { CliContext } from "../../src/cli/cli-context.ts";
import { planCommand } from "../../src/cli/commands/plan.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

async function plan(...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = "";
  // The command writes and does nothing else.
  const context = { out: (part: string) => (text += part) } as unknown as CliContext;
  return { code: await planCommand(args, context), text };
}

const TASK = "name=Reviews,perDay=10,inputTokens=100000,outputTokens=10000,model=claude-sonnet-4-5";

describe("harness plan", () => {
  it.each([
    ["--task", "nonsense"],
    ["--task", "name=x,perDay=many,inputTokens=1,outputTokens=1,model=sonnet"],
    ["--task", `${TASK},turns=0`],
    ["--task", TASK, "--days", "none"],
    ["--unknown"],
    ["/no/such/file.json"],
    ["a.json", "b.json"],
  ])("refuses %s %s", async (...args) => {
    await expect(plan(...args)).rejects.toThrow(UsageError);
  });

  it("shows the table of the seed with what it costs by its own prices and today", async () => {
    const { code, text } = await plan();
    expect(code).toBe(0);
    expect(text).toMatch(/^task +a day +tokens +model +claimed +by its price/);
    expect(text).toMatch(/Security Scans +3 +30000 +claude-opus-4-20250514 +13\.50 +2\.43/);
    expect(text).toMatch(/month +570\.60 +123\.66/);
    const printed = JSON.parse((await plan("--json")).text) as { readonly claimed: { readonly monthly: number } };
    expect(printed.claimed.monthly).toBeCloseTo(570.6, 6);
  });

  it("plans tasks of the command line and of a file, and says what routing and caching save", async () => {
    const folder = await mkdtemp(join(tmpdir(), "harness-plan-"));
    try {
      const file = join(folder, "tasks.json");
      const task = { name: "Own", perDay: 1, inputTokens: 1000, outputTokens: 100, model: "opus", turns: 4 };
      await writeFile(file, JSON.stringify([task]));
      const { code, text } = await plan(
        file,
        "--task",
        `${TASK},simpleShare=0.5`,
        "--simple-model",
        "claude-haiku-4-5",
      );
      expect(code).toBe(0);
      expect(text).toMatch(/Reviews +10 +anthropic\/claude-sonnet-4-5 +4\.50 +3\.00/);
      expect(text).toContain("Own");
      expect(text).toMatch(/saved +\d+ % +\d+ % +\d+ %/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("ends with 1 where a price is not known", async () => {
    const { code, text } = await plan("--task", TASK.replace("claude-sonnet-4-5", "no-such-model"));
    expect(code).toBe(1);
    expect(text).toContain("not known");
  });
});
