import { describe, expect, it } from "vitest";

import { NO_LABELS } from "../../src/labels/index.ts";
import { HookBus } from "../../src/hooks/index.ts";
import type { Hooks } from "../../src/spec/index.ts";
import { fakeHooks, hooksConformance, type ConformanceHook } from "../../src/testing/index.ts";
import { expectConforming, expectFaultsFound } from "./run-cases.ts";

function openBus(hooks: readonly ConformanceHook[]): HookBus {
  const bus = new HookBus();
  for (const hook of hooks) bus.on("beforeToolCall", ({ args }) => hook(args));
  return bus;
}

expectConforming("HookBus", hooksConformance(openBus));

/** A bus with one thing changed. */
function broken(change: (inner: HookBus, hooks: readonly ConformanceHook[]) => Partial<Hooks>) {
  return hooksConformance((hooks) => {
    const inner = openBus(hooks);
    const same: Hooks = { has: (event) => inner.has(event), run: (...all) => inner.run(...all) };
    return { ...same, ...change(inner, hooks) };
  });
}

describe("hooksConformance()", () => {
  it("finds every fault", async () => {
    await expectFaultsFound({
      "always listens": broken(() => ({ has: () => true })),
      "asks when nobody does": broken((inner) => ({
        run: async (...all) => ({ ...(await inner.run(...all)), verdict: "ask" }),
      })),
      "args though nobody modified": broken((inner) => ({
        run: async (...all) => ({ args: {}, ...(await inner.run(...all)) }),
      })),
      "hears only the last hook": broken((_inner, hooks) => ({
        run: async (...all) => await openBus(hooks.slice(-1)).run(...all),
      })),
      "runs in reverse": broken((_inner, hooks) => ({
        run: async (...all) => await openBus(hooks.toReversed()).run(...all),
      })),
    });
  });
});

describe("fakeHooks()", () => {
  const signal = new AbortController().signal;
  const scope = { sessionId: "s", agent: "main", cwd: "/work", labels: NO_LABELS };
  const payload = { ...scope, toolUseId: "call_1", name: "Bash", args: { command: "ls" } };

  it("keeps events and answers by its script, each event by its own", async () => {
    const hooks = fakeHooks({
      beforeToolCall: [
        { type: "deny", reason: "no" },
        { type: "guide", text: "so" },
      ],
    });
    expect(hooks.has("sessionEnd")).toBe(true);
    expect(await hooks.run("beforePrompt", { ...scope, prompt: "hi" }, { signal })).toMatchObject({
      verdict: "proceed",
    });
    expect(await hooks.run("beforeToolCall", payload, { signal })).toMatchObject({ verdict: "deny", reason: "no" });
    expect(await hooks.run("beforeToolCall", payload, { signal })).toMatchObject({
      verdict: "proceed",
      guidance: ["so"],
    });
    expect(await hooks.run("beforeToolCall", payload, { signal })).toMatchObject({ verdict: "proceed", guidance: [] });
    expect(hooks.events.map(({ event }) => event)).toEqual(["beforePrompt", ...Array(3).fill("beforeToolCall")]);
    expect(hooks.events[1]).toEqual({ event: "beforeToolCall", payload });
  });

  it("gives modified arguments, and rejects on abort without keeping the event", async () => {
    const hooks = fakeHooks({ beforeToolCall: [{ type: "modify", args: { command: "pwd" } }] });
    const reason = new Error("stop");
    await expect(hooks.run("beforeToolCall", payload, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(hooks.events).toEqual([]);
    expect(await hooks.run("beforeToolCall", payload, { signal })).toMatchObject({ args: { command: "pwd" } });
  });
});
