import { describe, expect, it } from "vitest";

import { BudgetExhaustedError, HarnessError } from "../../src/errors/index.ts";
import type { Audit, Check, Hooks, HookOutcome, ResultFilter } from "../../src/spec/index.ts";
import { fakeApprover, fakeBudget, fakeCheck, fakeGate, memoryAudit } from "../../src/testing/index.ts";
import { runToolCall } from "../../src/tool-call/index.ts";
import { CALL, finish, makeRun, makeTool, NO_HOOKS } from "./call-run.ts";

function hooksThat(outcome: Partial<HookOutcome> | Error): Hooks {
  return {
    has: (event) => event === "beforeToolCall",
    async run() {
      if (outcome instanceof Error) throw outcome;
      return { verdict: "proceed", guidance: [], failures: [], ...outcome };
    },
  };
}

/** A tool that must not run. */
function forbidden() {
  let runs = 0;
  const tool = makeTool({
    execute: () => {
      runs += 1;
      return "ran";
    },
  });
  return { tool, runs: () => runs };
}

const NONSENSE: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["a word", "allow"],
  ["an unknown effect", { effect: "ALLOW", basis: "rule", reason: "x" }],
  ["no basis", { effect: "allow", reason: "x" }],
  ["no reason", { effect: "allow", basis: "rule" }],
  ["an unknown risk", { effect: "allow", basis: "rule", reason: "x", risk: "huge" }],
];

describe("runToolCall() checks", () => {
  it.each(NONSENSE)("denies when a check answers %s", async (_name, answer) => {
    const { tool, runs } = forbidden();
    // The cast is the test: a check may be anybody's JavaScript.
    const policy = { check: () => answer } as Check;
    const { result } = await finish(makeRun({ gate: fakeGate("allow", { policy }) }, [tool]));
    expect(result.outcome).toBe("denied");
    expect(result.isError).toBe(true);
    expect(runs()).toBe(0);
  });

  it("denies when a check throws", async () => {
    const { tool, runs } = forbidden();
    const risk: Check = {
      check() {
        throw new Error("broken");
      },
    };
    const { result } = await finish(makeRun({ gate: fakeGate("allow", { risk }) }, [tool]));
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "risk", effect: "deny" } });
    expect(runs()).toBe(0);
  });

  it("denies when a check hangs", async () => {
    const { tool, runs } = forbidden();
    const policy: Check = { check: () => new Promise(() => {}) };
    const limits = { toolMs: 5000, checkMs: 20, approvalMs: undefined, maxOutputBytes: 1000 };
    const { result } = await finish(makeRun({ gate: fakeGate("allow", { policy }), limits }, [tool]));
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "policy" } });
    expect(runs()).toBe(0);
  });

  it("denies when no check has an opinion", async () => {
    const { result } = await finish(makeRun({ gate: fakeGate("none") }));
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "gate" } });
  });

  it.each(["policy", "permission", "taint", "constraints", "risk"] as const)(
    "denies when %s denies, whatever the others say",
    async (name) => {
      const allow = fakeCheck("allow");
      const gate = {
        policy: allow,
        permission: allow,
        taint: allow,
        constraints: allow,
        risk: allow,
        [name]: fakeCheck("deny", { rule: "no" }),
      };
      const { result } = await finish(makeRun({ gate }));
      expect(result).toMatchObject({ outcome: "denied", decision: { layer: name, rule: "no" } });
      expect(result.content).toContain(`${name} rule "no"`);
    },
  );

  it.each([
    ["rule allow over default ask", "allow", "ask", "completed"],
    ["rule ask over default allow", "ask", "allow", "denied"],
    ["default allow alone", "none", "allow", "completed"],
    ["default ask alone", "none", "ask", "denied"],
  ] as const)("joins answers: %s", async (_name, policy, permission, outcome) => {
    const gate = fakeGate(permission, { policy: fakeCheck(policy) });
    const { result } = await finish(makeRun({ gate }));
    expect(result.outcome).toBe(outcome);
  });

  it("asks when one rule allows and another asks", async () => {
    const approver = fakeApprover([true]);
    const gate = fakeGate("none", { policy: fakeCheck("allow"), risk: fakeCheck("ask") });
    const { result } = await finish(makeRun({ gate, approver }));
    expect(result.outcome).toBe("completed");
    expect(approver.questions).toHaveLength(1);
  });

  it("reports what a simulated policy would have said and goes on", async () => {
    const simulated = { effect: "deny", rule: "r", reason: "would deny" } as const;
    const gate = fakeGate("allow", { policy: fakeCheck("none", { simulated }) });
    const { result, events } = await finish(makeRun({ gate }));
    expect(result.outcome).toBe("completed");
    expect(events).toContainEqual({ type: "policy-simulated", ...simulated });
  });
});

describe("runToolCall() approval", () => {
  it("denies an ask when nobody can answer", async () => {
    const { result } = await finish(makeRun({ gate: fakeGate("ask") }));
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "approval" } });
    expect(result.content).toContain("nobody can answer");
  });

  it.each([["yes"], [undefined], [null], [1], [{}], [{ decision: "APPROVE" }], [{ decision: true }]])(
    "denies when the approver answers %j",
    async (answer) => {
      const { tool, runs } = forbidden();
      const approver = { decide: async () => answer as boolean };
      const { result } = await finish(makeRun({ gate: fakeGate("ask"), approver }, [tool]));
      expect(result.outcome).toBe("denied");
      expect(runs()).toBe(0);
    },
  );

  it("denies when the approver throws, before or after its first await", async () => {
    const thrower = {
      decide(): Promise<boolean> {
        throw new Error("sync");
      },
    };
    const rejecter = { decide: () => Promise.reject(new Error("async")) };
    for (const approver of [thrower, rejecter]) {
      const { result } = await finish(makeRun({ gate: fakeGate("ask"), approver }));
      expect(result).toMatchObject({ outcome: "denied", decision: { layer: "approval" } });
    }
  });

  it("denies when nobody answers in time", async () => {
    const approver = { decide: () => new Promise<boolean>(() => {}) };
    const limits = { toolMs: 5000, checkMs: 5000, approvalMs: 20, maxOutputBytes: 1000 };
    const { result, events } = await finish(makeRun({ gate: fakeGate("ask"), approver, limits }));
    expect(result.outcome).toBe("denied");
    expect(events[0]).toMatchObject({ type: "approval-request", question: { args: { text: "hi" } } });
  });

  it("runs after approval, says who approved, and passes feedback to the model", async () => {
    const approver = fakeApprover([{ decision: "approve", approver: "ada", feedback: "only once" }]);
    const { result } = await finish(makeRun({ gate: fakeGate("ask"), approver }));
    expect(result).toMatchObject({ outcome: "completed", decision: { effect: "allow", layer: "approval" } });
    expect(result.decision.reason).toContain("ada");
    expect(result.content).toContain("only once");
  });

  it("ends as paused when the approver pauses", async () => {
    const { result } = await finish(
      makeRun({ gate: fakeGate("ask"), approver: fakeApprover([{ decision: "pause" }]) }),
    );
    expect(result.outcome).toBe("paused");
  });
});

describe("runToolCall() hooks", () => {
  it("denies when a hook denies or fails", async () => {
    for (const outcome of [{ verdict: "deny", reason: "no" } as const, new Error("broken hook")]) {
      const { tool, runs } = forbidden();
      const { result } = await finish(makeRun({ hooks: hooksThat(outcome) }, [tool]));
      expect(result).toMatchObject({ outcome: "denied", decision: { layer: "hook" } });
      expect(runs()).toBe(0);
    }
  });

  it("judges and runs the arguments that a hook wrote", async () => {
    const judged: unknown[] = [];
    const policy: Check = {
      check(call) {
        judged.push(call.args);
        return { effect: "allow", basis: "rule", reason: "ok" };
      },
    };
    const run = makeRun({ hooks: hooksThat({ args: { text: "safe" } }), gate: fakeGate("none", { policy }) });
    const { result } = await finish(run);
    expect(judged).toEqual([{ text: "safe" }]);
    expect(result.content).toContain("safe");
  });

  it("asks when a hook asks, although every check allows", async () => {
    const approver = fakeApprover([false]);
    const { result } = await finish(makeRun({ hooks: hooksThat({ verdict: "ask", reason: "look" }), approver }));
    expect(approver.questions).toHaveLength(1);
    expect(result.outcome).toBe("denied");
  });

  it("cannot loosen what a policy denies", async () => {
    const gate = fakeGate("allow", { policy: fakeCheck("deny") });
    const { result } = await finish(makeRun({ hooks: hooksThat({ verdict: "proceed" }), gate }));
    expect(result.outcome).toBe("denied");
  });
});

describe("runToolCall() input", () => {
  it("answers an unknown tool with the nearest name and runs nothing", async () => {
    const { result } = await finish(makeRun(), { id: "1", name: "Ecko", args: {} });
    expect(result).toMatchObject({ outcome: "failed", isError: true });
    expect(result.content).toContain('Did you mean "Echo"');
  });

  it.each(["__proto__", "constructor", "toString", ""])("knows no tool named %j", async (name) => {
    const { result } = await finish(makeRun(), { id: "1", name, args: {} });
    expect(result.outcome).toBe("failed");
  });

  it("never executes arguments that did not parse", async () => {
    const { tool, runs } = forbidden();
    const { result } = await finish(makeRun({}, [tool]), {
      id: "1",
      name: "Echo",
      args: undefined,
      invalidArgs: '{"a":',
    });
    expect(result).toMatchObject({ outcome: "failed", isError: true });
    expect(result.content).toContain("not a JSON object");
    expect(runs()).toBe(0);
  });

  it.each([
    ["a value", { path: "a\ud800" }],
    ["a name", { "a\ud800": 1 }],
    ["a value deep below", { list: [{ path: "\udc00a" }] }],
  ])("never executes arguments with half a character in %s: they have no digest", async (_name, args) => {
    const { tool, runs } = forbidden();
    const { result } = await finish(makeRun({}, [tool]), { id: "1", name: "Echo", args });
    expect(result).toMatchObject({ outcome: "failed", isError: true });
    expect(result.content).toContain("whole characters");
    expect(runs()).toBe(0);
  });

  it("freezes what was judged", async () => {
    let wasFrozen: boolean | undefined;
    const policy: Check = {
      check(call) {
        wasFrozen = Object.isFrozen(call.args) && Object.isFrozen(call);
        return { effect: "allow", basis: "rule", reason: "ok" };
      },
    };
    await finish(makeRun({ gate: fakeGate("none", { policy }) }));
    expect(wasFrozen).toBe(true);
  });
});

describe("runToolCall() budget", () => {
  it("denies what cannot be paid and runs nothing", async () => {
    const { tool, runs } = forbidden();
    const { snapshot } = fakeBudget();
    const budget = {
      ...fakeBudget(),
      reserve(): never {
        throw new BudgetExhaustedError("No money left", { snapshot: snapshot() });
      },
    };
    const { result } = await finish(makeRun({ budget }, [tool]));
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "budget" } });
    expect(runs()).toBe(0);
  });
});

describe("runToolCall() execution", () => {
  it("turns a throw into a result that the model reads", async () => {
    const tool = makeTool({
      execute: () => {
        throw new Error("disk full");
      },
    });
    const { result } = await finish(makeRun({}, [tool]));
    expect(result).toMatchObject({ outcome: "failed", isError: true });
    expect(result.content).toContain("disk full");
  });

  it("turns confinement that stopped a tool into a denial", async () => {
    const tool = makeTool({
      execute: () => {
        throw new HarnessError("Outside", { code: "path_outside" });
      },
    });
    const { result } = await finish(makeRun({}, [tool]));
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "files" } });
  });

  it("stops waiting at the time limit", async () => {
    const tool = makeTool({ timeoutMs: 20, execute: () => new Promise(() => {}) });
    const { result } = await finish(makeRun({}, [tool]));
    expect(result).toMatchObject({ outcome: "failed" });
    expect(result.content).toContain("time limit");
  });

  it("ends as cancelled on abort, and a tool that noticed gives what it has", async () => {
    const controller = new AbortController();
    const tool = makeTool({
      cancel: "cooperative",
      execute: async (_input, { signal }) => {
        controller.abort(new Error("stop"));
        expect(signal.aborted).toBe(true);
        return { content: "half of it", isError: true };
      },
    });
    const { result } = await finish(makeRun({}, [tool]), CALL, controller.signal);
    expect(result.outcome).toBe("cancelled");
    expect(result.content).toContain("half of it");
  });

  it("shows output while the tool works, through the filters", async () => {
    const filter: ResultFilter = {
      name: "upper",
      apply: (text) => ({ text: text.toUpperCase(), findings: [] }),
      open: () => ({ push: (chunk) => chunk.toUpperCase(), end: () => "." }),
    };
    const tool = makeTool({
      execute: (_input, { emit }) => {
        emit("one ");
        emit("two");
        return "done";
      },
    });
    const { result, events } = await finish(makeRun({ filters: [filter] }, [tool]));
    expect(events.map((event) => (event.type === "progress" ? event.text : ""))).toEqual(["ONE ", "TWO", "."]);
    expect(result.content).toBe("DONE");
  });
});

describe("runToolCall() result", () => {
  it("has whole characters only: no provider would take the history any more", async () => {
    const texts = ["a\ud800b", { content: [{ type: "text" as const, text: "\udc00" }] }];
    for (const output of texts) {
      const { result } = await finish(makeRun({}, [makeTool({ execute: () => output })]));
      expect(JSON.stringify(result.content)).toContain("\uFFFD");
      expect(JSON.stringify(result.content)).not.toContain("\\ud");
    }
  });

  it("withholds what a filter could not look at", async () => {
    const filter: ResultFilter = {
      name: "redaction",
      apply() {
        throw new Error("regex");
      },
    };
    const { result } = await finish(makeRun({ filters: [filter] }));
    expect(result.content).not.toContain("hi");
    expect(result.content).toContain("withheld");
  });

  it("filters `display` too, keys included", async () => {
    const filter: ResultFilter = {
      name: "x",
      apply: (text) => ({ text: text.replaceAll("key", "***"), findings: [] }),
    };
    const tool = makeTool({ execute: () => ({ content: "key", display: { lines: ["a key"], "key 1": 1 } }) });
    const { result } = await finish(makeRun({ filters: [filter] }, [tool]));
    expect(result).toMatchObject({ content: "***", display: { lines: ["a ***"], "*** 1": 1 } });
  });

  it("bounds the output on a character's border", async () => {
    const tool = makeTool({ maxOutputBytes: 100, execute: () => "ä".repeat(10_000) });
    const { result } = await finish(makeRun({}, [tool]));
    expect(Buffer.byteLength(String(result.content))).toBeLessThan(200);
    expect(result.content).not.toContain("\ufffd");
  });
});

describe("runToolCall() record", () => {
  it("writes intent, effect and outcome, in this order", async () => {
    const audit = memoryAudit();
    await finish(makeRun({ audit }));
    expect(audit.records.map(({ type }) => type)).toEqual(["tool_intent", "tool_effect", "tool_outcome"]);
  });

  it("writes no effect for a denied call", async () => {
    const audit = memoryAudit();
    await finish(makeRun({ audit, gate: fakeGate("deny") }));
    expect(audit.records.map(({ type }) => type)).toEqual(["tool_intent", "tool_outcome"]);
  });

  it("does not run what cannot be recorded", async () => {
    const { tool, runs } = forbidden();
    const broken: Audit = {
      ...memoryAudit(),
      openCall() {
        throw new HarnessError("disk full", { code: "audit_failed" });
      },
    };
    await expect(finish(makeRun({ audit: broken }, [tool]))).rejects.toThrow("disk full");
    expect(runs()).toBe(0);
  });

  it("does not run when the effect cannot be recorded", async () => {
    const { tool, runs } = forbidden();
    const memory = memoryAudit();
    const audit: Audit = {
      ...memory,
      openCall: async (call, scope) => ({
        ...(await memory.openCall(call, scope)),
        effect: () => Promise.reject(new HarnessError("disk full", { code: "audit_failed" })),
      }),
    };
    await expect(finish(makeRun({ audit }, [tool]))).rejects.toThrow("disk full");
    expect(runs()).toBe(0);
  });

  it("records a call as abandoned, charges it and stops the tool when the reader leaves", async () => {
    const audit = memoryAudit();
    let charged = 0;
    const budget = { ...fakeBudget(), reserve: () => ({ settle() {}, [Symbol.dispose]: () => void (charged += 1) }) };
    let wasAborted = false;
    const tool = makeTool({
      execute: (_input, { emit, signal }) => {
        emit("working");
        return new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            wasAborted = true;
            resolve("stopped");
          });
        });
      },
    });
    const { signal } = new AbortController();
    const tell = (): never => {
      throw new Error("The reader left");
    };
    await expect(runToolCall(CALL, makeRun({ audit, budget }, [tool]), { signal, tell })).rejects.toThrow(
      "The reader left",
    );
    expect(wasAborted).toBe(true);
    expect(charged).toBe(1);
    expect(audit.records.at(-1)).toMatchObject({ type: "tool_outcome", data: { outcome: "abandoned" } });
  });

  it("is not called off by an after-hook", async () => {
    const hooks: Hooks = {
      ...NO_HOOKS,
      has: (event) => event === "afterToolCall",
      run: () => Promise.reject(new Error("broken observer")),
    };
    const { result } = await finish(makeRun({ hooks }));
    expect(result.outcome).toBe("completed");
  });
});
