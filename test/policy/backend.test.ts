import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createBackendCheck, strictestCheck, type PolicyBackend } from "../../src/policy/index.ts";
import type { Check, CheckScope, PreparedCall } from "../../src/spec/index.ts";
import { checkConformance, fakeCheck, fakeTool, NO_LABELS } from "../../src/testing/index.ts";

const scope = (signal = new AbortController().signal): CheckScope => ({
  cwd: "/srv",
  sessionId: "s",
  agent: "main",
  labels: NO_LABELS,
  canAsk: true,
  signal,
});
const call: PreparedCall = { id: "1", tool: fakeTool({ name: "Copy", effect: "write" }), args: { to: "a" }, input: {} };
const ask = async (
  decide: PolicyBackend["decide"],
  signal?: AbortSignal,
): Promise<{ effect: string; reason: string }> =>
  await createBackendCheck({ name: "other", decide }, { timeoutMs: 30 }).check(call, scope(signal));

describe("createBackendCheck() denies when the other engine", () => {
  it("throws", async () => {
    const thrown = (): never => {
      throw new Error("no connection");
    };
    expect(await ask(thrown)).toMatchObject({
      effect: "deny",
      reason: expect.stringContaining("no connection") as string,
    });
    expect((await ask(async () => await Promise.reject(new Error("late")))).effect).toBe("deny");
  });

  it("hangs", async () => {
    expect((await ask(async () => await new Promise(() => {}))).effect).toBe("deny");
  });

  it("hears that the run was stopped", async () => {
    const controller = new AbortController();
    const pending = ask(async () => await new Promise(() => {}), controller.signal);
    controller.abort(new Error("stopped"));
    expect((await pending).effect).toBe("deny");
  });

  it("answers nonsense, whatever it is", async () => {
    const effects = new Set(["allow", "ask", "deny", "none"]);
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (answer) => {
        // A backend is anybody's code.
        const { effect } = await ask(() => answer as never);
        const isForm =
          typeof answer === "object" && answer !== null && "effect" in answer && effects.has(String(answer.effect));
        expect(isForm || effect === "deny").toBe(true);
      }),
      { numRuns: 300 },
    );
    for (const answer of [
      undefined,
      null,
      "allow",
      { effect: "ALLOW" },
      { effect: "allow", rule: 7 },
      [],
      { effect: ["allow"] },
    ]) {
      expect((await ask(() => answer as never)).effect).toBe("deny");
    }
  });
});

describe("createBackendCheck()", () => {
  it("asks about plain data and passes the answer on as a rule", async () => {
    const seen: unknown[] = [];
    const check = createBackendCheck({
      name: "other",
      version: "v1",
      decide: (question) => {
        seen.push(question);
        return { effect: "ask", rule: "four eyes" };
      },
    });
    expect(check.version).toBe("v1");
    expect(await check.check(call, scope())).toEqual({
      effect: "ask",
      basis: "rule",
      rule: "four eyes",
      reason: 'The policy of other answers "ask"',
    });
    expect(seen).toEqual([
      {
        tool: "Copy",
        effect: "write",
        args: { to: "a" },
        cwd: "/srv",
        agent: "main",
        sessionId: "s",
        isTainted: false,
        hasPrivateData: false,
        dataLabels: [],
      },
    ]);
    expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  });

  it("refuses a time-out that is none", () => {
    expect(() => createBackendCheck({ name: "a", decide: () => ({ effect: "none" }) }, { timeoutMs: 0 })).toThrow(
      RangeError,
    );
  });

  for (const { name, run } of checkConformance(() =>
    createBackendCheck({ name: "a", decide: () => ({ effect: "allow" }) }),
  )) {
    it(`conforms: ${name}`, async () => {
      await expect(run()).resolves.toBeUndefined();
    });
  }
});

describe("strictestCheck()", () => {
  const check = (effect: "allow" | "ask" | "deny" | "none"): Check => fakeCheck(effect);

  it.each([
    [["allow", "ask"], "ask"],
    [["ask", "deny"], "deny"],
    [["deny", "allow"], "deny"],
    [["none", "allow"], "allow"],
    [["none", "none"], "none"],
    [["allow", "allow", "deny"], "deny"],
  ] as const)("%j: %s", async ([first, ...others], expected) => {
    const answer = await strictestCheck(check(first), ...others.map(check)).check(call, scope());
    expect(answer.effect).toBe(expected);
  });

  it("passes on a throw, which the gate takes for a denial, and an unknown answer", async () => {
    const broken: Check = {
      check() {
        throw new Error("broken");
      },
    };
    await expect(strictestCheck(check("allow"), broken).check(call, scope())).rejects.toThrow("broken");
    const odd = { check: () => ({ effect: "maybe", basis: "rule", reason: "" }) } as unknown as Check;
    expect((await strictestCheck(check("deny"), odd).check(call, scope())).effect).toBe("maybe");
  });
});
