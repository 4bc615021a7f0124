import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";

import type {
  Budget,
  Check,
  CheckAnswer,
  Hooks,
  HookOutcome,
  Reservation,
  ResultFilter,
} from "../../src/spec/index.ts";
import { fakeBudget, fakeGate, memoryAudit } from "../../src/testing/index.ts";
import { CALL, finish, makeRun, makeTool, NO_HOOKS } from "./call-run.ts";

function countedTool() {
  let runs = 0;
  return { tool: makeTool({ execute: () => `run ${(runs += 1)}` }), runs: () => runs };
}

function answering(answer: unknown): Check {
  return { check: () => answer as CheckAnswer };
}

function hooked(run: () => unknown): Hooks {
  return {
    ...NO_HOOKS,
    has: (event) => event === "beforeToolCall",
    run: async () => (await run()) as HookOutcome,
  };
}

const NONE: CheckAnswer = { effect: "none", basis: "default", reason: "" };
const hide: ResultFilter = {
  name: "hide",
  apply: (text) => ({ text: text.replaceAll("s3cret", "***"), findings: [] }),
};

describe("runToolCall() risk", () => {
  it("denies what any check calls block, whatever the effect says", async () => {
    const { tool, runs } = countedTool();
    const gate = { ...fakeGate(), risk: answering({ ...NONE, risk: "block" }) };
    const { result } = await finish(makeRun({ gate }, [tool]));
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "risk" } });
    expect(runs()).toBe(0);
  });

  it("denies a tool that declares block, also when the host's own risk check says nothing of it", async () => {
    let runs = 0;
    const tool = makeTool({ risk: "block", execute: () => `run ${(runs += 1)}` });
    const { result } = await finish(makeRun({ gate: { ...fakeGate(), risk: answering(NONE) } }, [tool]));
    expect(result.outcome).toBe("denied");
    expect(runs).toBe(0);
  });

  it("tells the approver the highest risk that anybody told", async () => {
    const gate = {
      policy: answering({ ...NONE, effect: "ask", basis: "rule", risk: "high" }),
      permission: answering(NONE),
      taint: answering(NONE),
      constraints: answering(NONE),
      risk: answering({ ...NONE, risk: "low" }),
    };
    let risk = "";
    const approver = { decide: async (question: { readonly risk: string }) => ((risk = question.risk), true) };
    await finish(makeRun({ gate, approver }));
    expect(risk).toBe("high");
  });
});

/** What a library of promises gives, or another realm: no `Promise` of ours. */
function thenable<Value>(value: Value | Promise<Value>): Promise<Value> {
  const promise = Promise.resolve(value);
  return { then: promise.then.bind(promise) } as unknown as Promise<Value>;
}

describe("runToolCall() budget of the host", () => {
  it.each([
    ["nothing", undefined],
    ["an object that holds nothing", {}],
    ["what can be settled and not disposed of", { settle: () => {} }],
    ["nothing, later", Promise.resolve(undefined)],
    ["nothing, by a promise of another kind", thenable(undefined)],
  ])("runs nothing when it answers %s", async (_name, answer) => {
    const { tool, runs } = countedTool();
    const budget: Budget = { ...fakeBudget(), reserve: () => answer as Promise<Reservation> };
    const { result } = await finish(makeRun({ budget }, [tool]));
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "budget" } });
    expect(runs()).toBe(0);
  });

  it("is waited for, whatever kind of promise it gives", async () => {
    const { tool, runs } = countedTool();
    let settled = 0;
    const reservation: Reservation = { settle: () => void (settled += 1), [Symbol.dispose]: () => {} };
    const budget: Budget = { ...fakeBudget(), reserve: () => thenable(reservation) };
    const { result } = await finish(makeRun({ budget }, [tool]));
    expect(result.outcome).toBe("completed");
    expect([runs(), settled]).toEqual([1, 1]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("gone");
      },
    ],
    ["rejects", () => Promise.reject(new Error("gone"))],
  ])("takes no result away when it %s at the end of a call", async (_name, settle) => {
    const lines: string[] = [];
    let disposed = 0;
    const reservation: Reservation = { settle, [Symbol.dispose]: () => void (disposed += 1) };
    const budget: Budget = { ...fakeBudget(), reserve: () => reservation };
    const { result } = await finish(makeRun({ budget, log: (line) => void lines.push(line) }));
    expect(result.outcome).toBe("completed");
    expect([disposed, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toContain("charged in full: gone");
  });

  it("denies when a promise of another kind refuses", async () => {
    const { tool, runs } = countedTool();
    const budget: Budget = { ...fakeBudget(), reserve: () => thenable(Promise.reject(new Error("no"))) };
    const { result } = await finish(makeRun({ budget }, [tool]));
    expect(result.outcome).toBe("denied");
    expect(runs()).toBe(0);
  });
});

describe("runToolCall() hooks", () => {
  it.each([
    ["nothing", undefined],
    ["a word", "deny"],
    ["a verdict in an unknown form", { verdict: "Deny", guidance: [], failures: [] }],
    ["no guidance", { verdict: "proceed" }],
    ["arguments that are no object", { verdict: "proceed", args: "rm", guidance: [], failures: [] }],
  ])("denies when the port answers %s", async (_name, outcome) => {
    const { tool, runs } = countedTool();
    const { result } = await finish(makeRun({ hooks: hooked(() => outcome) }, [tool]));
    expect(result).toMatchObject({ outcome: "denied", decision: { layer: "hook" } });
    expect(runs()).toBe(0);
  });

  it("ends on abort while the port never answers", async () => {
    const controller = new AbortController();
    const hooks = hooked(() => {
      controller.abort(new Error("stop"));
      return new Promise(() => {});
    });
    const { tool, runs } = countedTool();
    const { result } = await finish(makeRun({ hooks }, [tool]), CALL, controller.signal);
    expect(result.outcome).toBe("cancelled");
    expect(runs()).toBe(0);
  });

  it("ends on abort while an after-hook never answers", async () => {
    const controller = new AbortController();
    const hooks: Hooks = {
      has: (event) => event === "afterToolCall",
      run: () => {
        controller.abort(new Error("stop"));
        return new Promise(() => {});
      },
    };
    const { result } = await finish(makeRun({ hooks }), CALL, controller.signal);
    expect(result.outcome).toBe("completed");
  });

  it("filters what hooks and approvers say to the model, and the reasons of decisions", async () => {
    const outcome = { verdict: "proceed", guidance: ["use s3cret"], failures: [] };
    const { result } = await finish(makeRun({ hooks: hooked(() => outcome), filters: [hide] }));
    expect(result.content).toContain("use ***");
    const denied = answering({ effect: "deny", basis: "rule", rule: "no", reason: "it holds s3cret" });
    const gate = { ...fakeGate(), policy: denied };
    const refused = await finish(makeRun({ gate, filters: [hide] }));
    expect(JSON.stringify(refused.result)).not.toContain("s3cret");
  });
});

describe("runToolCall() and a tool that is anybody's code", () => {
  it("does not begin when the run ended while the effect was recorded", async () => {
    const controller = new AbortController();
    const memory = memoryAudit();
    const audit = {
      ...memory,
      openCall: async (...parts: Parameters<typeof memory.openCall>) => ({
        ...(await memory.openCall(...parts)),
        effect: () => controller.abort(new Error("stop")),
      }),
    };
    for (const cancel of ["immediate", "cooperative", "never"] as const) {
      let runs = 0;
      const tool = makeTool({ cancel, execute: () => `run ${(runs += 1)}` });
      const { result } = await finish(makeRun({ audit }, [tool]), CALL, controller.signal);
      expect(result.outcome).toBe("cancelled");
      expect(runs).toBe(0);
    }
  });

  it.each([
    ["a function", () => {}],
    ["a symbol", Symbol("x")],
    ["a ring", ring()],
    ["a text part without a text", { content: [{ type: "text" }] }],
    ["a text part with a number", { content: [{ type: "text", text: 5 }] }],
    ["an image without data", { content: [{ type: "image" }] }],
    ["a part that is nothing", { content: [null] }],
    ["a display that is a ring", { content: "fine", display: ring() }],
    ["a display that is no JSON", { content: "fine", display: { at: 1n, call: () => {} } }],
  ])("gives a result when the tool gives %s", async (_name, output) => {
    const audit = memoryAudit();
    const tool = makeTool({ execute: () => output as string });
    const { result } = await finish(makeRun({ audit, filters: [hide] }, [tool]));
    expect(() => JSON.stringify(result)).not.toThrow();
    expect(result.content).toBeDefined();
    expect(audit.records.at(-1)?.data).toMatchObject({ outcome: result.outcome });
  });

  it("freezes arguments all the way down, also those that a schema froze at the top", async () => {
    const nested = { path: "a" };
    const input = {
      "~standard": { version: 1 as const, vendor: "test", validate: () => ({ value: Object.freeze({ nested }) }) },
    };
    const thief: Check = {
      check: ({ args }) => {
        (args["nested"] as { path: string }).path = "/etc/passwd";
        return { effect: "allow", basis: "rule", reason: "" };
      },
    };
    const { result } = await finish(makeRun({ gate: { ...fakeGate(), policy: thief } }, [makeTool({ input })]));
    expect(result.outcome).toBe("denied");
    expect(nested.path).toBe("a");
  });

  it.each(["cooperative", "never"] as const)("gives up on one that never ends with cancel %s", async (cancel) => {
    const controller = new AbortController();
    const tool = makeTool({
      cancel,
      timeoutMs: 20,
      execute: () => {
        controller.abort(new Error("stop"));
        return new Promise<string>(() => {});
      },
    });
    const limits = { ...makeRun().limits, graceMs: 20 };
    const { result } = await finish(makeRun({ limits }, [tool]), CALL, controller.signal);
    expect(result.isError).toBe(true);
    expect(result.content).toContain("did not stop");
  });

  it("waits for an agent until its own calls have ended, which have the same time to stop", async () => {
    const controller = new AbortController();
    let isOver = false;
    const tool = makeTool({
      effect: "agent",
      cancel: "cooperative",
      execute: async () => {
        controller.abort(new Error("stop"));
        await sleep(100);
        isOver = true;
        return "what it had";
      },
    });
    const limits = { ...makeRun().limits, graceMs: 5 };
    const { result } = await finish(makeRun({ limits }, [tool]), CALL, controller.signal);
    expect(isOver).toBe(true);
    expect(result.content).toContain("what it had");
  });

  it("gives a tool that stops when it is told the time for it", async () => {
    const controller = new AbortController();
    const tool = makeTool({
      cancel: "cooperative",
      execute: async () => {
        controller.abort(new Error("stop"));
        await sleep(30);
        return { content: "half of it", isError: true };
      },
    });
    const { result } = await finish(makeRun({}, [tool]), CALL, controller.signal);
    expect(result.content).toContain("half of it");
  });
});

describe("runToolCall() filters", () => {
  const shown = makeTool({
    execute: (_input, { emit }) => {
      emit("s3cret");
      return "done";
    },
  });

  it("shows no progress where a filter cannot work on a stream", async () => {
    const { events } = await finish(makeRun({ filters: [hide] }, [shown]));
    expect(events).toEqual([]);
  });

  it("shows no progress where a filter fails to open, and runs the tool to its end", async () => {
    const broken: ResultFilter = {
      ...hide,
      open() {
        throw new Error("no stream today");
      },
    };
    const { result, events } = await finish(makeRun({ filters: [broken] }, [shown]));
    expect(events).toEqual([]);
    expect(result).toMatchObject({ outcome: "completed", content: "done" });
  });

  it("filters the names and addresses of files", async () => {
    const file = { type: "file", data: "AA==", mediaType: "text/plain", filename: "s3cret.txt" } as const;
    const image = { type: "image", url: "https://example.com/?key=s3cret" } as const;
    const tool = makeTool({ execute: () => ({ content: [file, image] }) });
    const { result } = await finish(makeRun({ filters: [hide] }, [tool]));
    expect(JSON.stringify(result.content)).not.toContain("s3cret");
  });

  it("bounds the parts of a result together", async () => {
    const parts = Array.from({ length: 50 }, () => ({ type: "text" as const, text: "x".repeat(90) }));
    const tool = makeTool({ maxOutputBytes: 100, execute: () => ({ content: parts }) });
    const { result } = await finish(makeRun({}, [tool]));
    expect(JSON.stringify(result.content).length).toBeLessThan(600);
  });
});

function ring(): unknown {
  const value: Record<string, unknown> = {};
  value["self"] = value;
  return value;
}

describe("runToolCall() output that would be written as nothing", () => {
  it.each<[string, () => unknown]>([
    ["a Map", () => new Map([["a", 1]])],
    ["a Set", () => new Set([1])],
    [
      "an AsyncGenerator",
      async function* pieces() {
        yield "a";
      },
    ],
    ["a ReadableStream", () => new ReadableStream()],
  ])("fails for %s, and says so", async (_name, execute) => {
    // What a host's JavaScript gives has no type.
    const { result } = await finish(makeRun({}, [makeTool({ execute: execute as () => string })]));
    expect(result).toMatchObject({
      outcome: "failed",
      content: expect.stringContaining("it gave a stream, a Map or a Set"),
    });
  });

  it("is {} where an object is empty", async () => {
    const { result } = await finish(makeRun({}, [makeTool({ execute: () => ({}) })]));
    expect(result).toMatchObject({ outcome: "completed", content: "{}" });
  });
});
