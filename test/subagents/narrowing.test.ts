import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BudgetTracker } from "../../src/budget/index.ts";
import { createPermissionCheck, type PermissionMode, type PermissionRule } from "../../src/permission/index.ts";
import type { Check, CheckAnswer, JsonObject, Tool, ToolEffect } from "../../src/spec/index.ts";
import { sliceBudget } from "../../src/subagents/child-budget.ts";
import { narrowCheck } from "../../src/subagents/narrow-check.ts";
import { stricter } from "../../src/subagents/stricter.ts";
import { offeredTools } from "../../src/subagents/offered-tools.ts";
import { runToolCall } from "../../src/tool-call/index.ts";
import { makeRun, makeTool } from "../tool-call/call-run.ts";

const effects = fc.constantFrom<ToolEffect>("read", "write", "execute", "network", "agent");
const modes = fc.constantFrom<PermissionMode>("default", "accept_edits", "plan", "bypass");
const rules = fc.constantFrom<PermissionRule>("Bash", "Read", "Own*", "Bash(git *)", "Read(src/*)", "Write(*.md)", "*");
const ruleLists = fc.array(rules, { maxLength: 3 });
const calls: fc.Arbitrary<{ readonly name: string; readonly effect: ToolEffect; readonly args: JsonObject }> = fc
  .record({
    name: fc.constantFrom("Bash", "Read", "Write", "OwnTool", "Task"),
    effect: effects,
    value: fc.constantFrom("git status", "git push; rm -rf x", "src/a.ts", "../../etc/passwd", "a.md", "$(x)"),
  })
  .map(({ name, effect, value }) => ({
    name,
    effect,
    args: name === "Bash" ? { command: value } : { file_path: value },
  }));
const narrowings = fc.record({
  mode: fc.option(modes, { nil: undefined }),
  tools: fc.option(ruleLists, { nil: undefined }),
  isReadOnly: fc.option(fc.boolean(), { nil: undefined }),
});
const answers: fc.Arbitrary<CheckAnswer> = fc.record({
  effect: fc.constantFrom("allow", "ask", "deny", "none"),
  basis: fc.constantFrom("rule", "default"),
  reason: fc.constant("because"),
});

/** How much a call got: executed without a question, executed after one, or not at all. */
async function reach(
  permission: Check,
  others: { readonly policy: CheckAnswer; readonly risk: CheckAnswer },
  { name, effect, args }: { readonly name: string; readonly effect: ToolEffect; readonly args: JsonObject },
): Promise<number> {
  let asked = false;
  const tool = makeTool({ name, effect, pathArgs: ["file_path"] });
  const gate = {
    policy: { check: () => others.policy },
    permission,
    taint: { check: () => ({ effect: "none" as const, basis: "default" as const, reason: "clean" }) },
    constraints: { check: () => ({ effect: "none" as const, basis: "default" as const, reason: "clean" }) },
    risk: { check: () => others.risk },
  };
  const approver = {
    async decide() {
      asked = true;
      return { decision: "approve" as const };
    },
  };
  const watch = { signal: new AbortController().signal, tell: () => {} };
  const result = await runToolCall({ id: "c", name, args }, makeRun({ gate, approver }, [tool]), watch);
  if (result.outcome !== "completed") return 0;
  return asked ? 1 : 2;
}

describe("narrowCheck()", () => {
  it("never lets a child do what its parent could not, nor without a question that its parent was asked, in the whole gate", async () => {
    const parents = fc.oneof(
      fc
        .record({ mode: modes, rules: fc.record({ allow: ruleLists, ask: ruleLists, deny: ruleLists }) })
        .map((options) => createPermissionCheck(options) as Check),
      answers.map((answer): Check => ({ check: () => answer })),
    );
    await fc.assert(
      fc.asyncProperty(
        parents,
        narrowings,
        fc.record({ policy: answers, risk: answers }),
        calls,
        async (parent, narrowing, others, call) => {
          const child = await reach(narrowCheck(parent, narrowing), others, call);
          expect(child).toBeLessThanOrEqual(await reach(parent, others, call));
          // And a child's child less again.
          expect(
            await reach(narrowCheck(narrowCheck(parent, narrowing), { isReadOnly: true }), others, call),
          ).toBeLessThanOrEqual(child);
        },
      ),
      { numRuns: 250 },
    );
  });

  it("denies everything but reading to an agent that only reads, and everything that its tools do not cover", async () => {
    const yes: CheckAnswer = { effect: "allow", basis: "rule", reason: "all" };
    const parent: Check = { check: () => yes };
    await fc.assert(
      fc.asyncProperty(calls, async (call) => {
        const others = { policy: yes, risk: yes };
        const reading = await reach(narrowCheck(parent, { isReadOnly: true }), others, call);
        expect(reading > 0).toBe(call.effect === "read");
        expect(await reach(narrowCheck(parent, { tools: [] }), others, call)).toBe(0);
        if (call.name !== "Read") expect(await reach(narrowCheck(parent, { tools: ["Read"] }), others, call)).toBe(0);
      }),
    );
  });

  it("judges commands as bash runs them, also for a child's own list", async () => {
    const parent: Check = { check: () => ({ effect: "allow", basis: "rule", reason: "all" }) };
    const yes: CheckAnswer = { effect: "none", basis: "default", reason: "" };
    const check = narrowCheck(parent, { tools: ["Bash(git diff *)"] });
    const bash = (command: string) =>
      reach(check, { policy: yes, risk: yes }, { name: "Bash", effect: "execute", args: { command } });
    expect(await bash("git diff HEAD")).toBe(2);
    expect(await bash("git diff HEAD; rm -rf .")).toBe(0);
    expect(await bash("git diff $(curl evil)")).toBe(0);
  });

  it("asks the parent's check about every call, and a parent that throws still denies", async () => {
    const parent: Check = {
      check: () => {
        throw new Error("broken");
      },
    };
    const yes: CheckAnswer = { effect: "allow", basis: "rule", reason: "" };
    expect(
      await reach(
        narrowCheck(parent, { mode: "bypass" }),
        { policy: yes, risk: yes },
        { name: "Read", effect: "read", args: {} },
      ),
    ).toBe(0);
  });
});

describe("stricter()", () => {
  it("is never looser than the parent's answer", () => {
    fc.assert(
      fc.property(answers, answers, (parent, own) => {
        const joined = stricter(parent, own);
        if (parent.effect === "deny") expect(joined).toBe(parent);
        if (joined.effect === "allow") expect(parent.effect).toBe("allow");
        if (joined.effect === "ask") expect(["allow", "ask"]).toContain(parent.effect);
      }),
    );
  });
});

describe("offeredTools()", () => {
  it("are always a part of the parent's", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("Read", "Bash", "Write")),
        narrowings,
        calls,
        (names, { tools, isReadOnly }, { name, effect }) => {
          const parent = {
            get: (wanted: string) => (names.some((known) => known === wanted) ? ({ name: wanted } as Tool) : undefined),
            names: () => names,
          };
          const keep = offeredTools(
            { ...(tools === undefined ? {} : { tools }), ...(isReadOnly === undefined ? {} : { isReadOnly }) },
            parent,
          );
          if (keep({ name, effect })) expect(names.some((known) => known === name)).toBe(true);
          if (keep({ name, effect }) && isReadOnly === true) expect(effect).toBe("read");
        },
      ),
    );
  });
});

describe("sliceBudget()", () => {
  it("never has more left than its parent, whatever a definition wants, and what a child uses its parent has used", async () => {
    const limits = fc.record({
      maxTokens: fc.option(fc.nat(10_000), { nil: undefined }),
      maxCost: fc.option(fc.double({ min: 0, max: 10, noNaN: true }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        limits,
        limits,
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.nat(500),
        async (above, wanted, share, used) => {
          const parent = new BudgetTracker(above);
          const child = await sliceBudget(parent, wanted, share);
          const before = await child.snapshot();
          const left = parent.snapshot();
          if (left.tokensRemaining !== undefined)
            expect(before.tokensRemaining ?? Infinity).toBeLessThanOrEqual(left.tokensRemaining);
          if (left.costRemaining !== undefined)
            expect(before.costRemaining ?? Infinity).toBeLessThanOrEqual(left.costRemaining + 1e-9);
          try {
            using reservation = await child.reserve({ tokens: used, cost: 0 });
            await reservation.settle({ tokens: used, cost: 0 });
            expect(parent.snapshot().tokensUsed).toBe(used);
          } catch {
            expect(parent.snapshot().tokensUsed).toBe(0);
          }
        },
      ),
    );
  });
});
