import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { createHarness, defineTool, type Message, type RunOptions } from "../../src/index.ts";
import { memoryStore } from "../../src/session/index.ts";
import type { Tool } from "../../src/spec/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

/** A tool that works until it is stopped, and a promise of its beginning. */
function patientTool() {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const tool = defineTool({
    name: "Wait",
    description: "Waits",
    input: z.object({}),
    effect: "write",
    async execute(_input, { signal }) {
      resolve();
      await sleep(600_000, undefined, { signal });
      return "waited";
    },
  });
  return { tool: tool as Tool, begun };
}

const steps = [{ toolCalls: [{ name: "Wait", args: {} }] }, "Done."];

function optionsOf(tool: Tool, more: RunOptions = {}): RunOptions {
  const closeMs = 50;
  const rest = { config: false, audit: false, permissions: { allow: ["Wait"] }, timeouts: { closeMs } } as const;
  return { model: scriptedModel(steps), tools: [tool], ...rest, ...more };
}

describe("createHarness(), closed while a run is at work", () => {
  it("ends a run as paused whose store outlives it, and tells how to go on", async () => {
    const { tool, begun } = patientTool();
    const store = memoryStore();
    const harness = await createHarness(optionsOf(tool, { session: store }));
    const run = harness.run("Go", { session: { id: "s", store } });
    const messages: Message[] = [];
    const reading = (async () => {
      for await (const message of run) messages.push(message);
    })();
    await begun;
    await harness[Symbol.asyncDispose]();
    await reading;
    expect(messages.at(-1)).toMatchObject({ type: "result", stopReason: "paused", error: { code: "paused" } });
    // The call has no result yet, and says so.
    expect(messages.filter(({ type }) => type === "tool_result")).toMatchObject([{ outcome: "paused" }]);
    await expect(run.text()).rejects.toMatchObject({ code: "paused", message: /resume session s/ });
    expect(await store.find("s")).toMatchObject({ status: "runnable" });
    expect((await store.find("s"))?.heldBy).toBeUndefined();
  });

  it("ends a run as aborted whose session goes with it", async () => {
    const { tool, begun } = patientTool();
    const harness = await createHarness(optionsOf(tool));
    const run = harness.run("Go");
    const result = run.result;
    await begun;
    await harness[Symbol.asyncDispose]();
    expect(await result).toMatchObject({ stopReason: "aborted", error: { code: "aborted" } });
  });

  it.each(["closed", "aborted"] as const)(
    "%s while a person thinks about a run that turns in a circle",
    async (how) => {
      const store = memoryStore();
      const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
      const onApproval = (): Promise<never> => {
        ask();
        return new Promise(() => {});
      };
      const same = Array.from({ length: 6 }, () => ({ toolCalls: [{ name: "Wait", args: {} }] }));
      const stall = { repeats: 2, action: "ask" } as const;
      const options = { session: { id: "s", store }, model: scriptedModel(same), stall, onApproval };
      const harness = await createHarness(optionsOf(defineQuick(), options));
      const run = harness.run("Go");
      const { result } = run;
      await Promise.race([asked, result]);
      if (how === "aborted") run.abort();
      await harness[Symbol.asyncDispose]();
      expect(await result).toMatchObject({ stopReason: how === "closed" ? "paused" : "aborted" });
    },
  );

  it("is closed once, and whoever closes it waits for that", async () => {
    const { tool, begun } = patientTool();
    const store = memoryStore();
    const harness = await createHarness(optionsOf(tool, { session: { id: "s", store } }));
    const { result } = harness.run("Go");
    await begun;
    const first = harness[Symbol.asyncDispose]();
    await harness[Symbol.asyncDispose]();
    expect(await Promise.race([result, Promise.resolve("at work")])).toMatchObject({ stopReason: "paused" });
    await first;
  });

  it("leaves an abort an abort", async () => {
    const { tool, begun } = patientTool();
    const store = memoryStore();
    const harness = await createHarness(optionsOf(tool, { session: { id: "s", store } }));
    const run = harness.run("Go");
    const result = run.result;
    await begun;
    run.abort();
    await harness[Symbol.asyncDispose]();
    expect(await result).toMatchObject({ stopReason: "aborted" });
    expect(await store.find("s")).toMatchObject({ status: "ended" });
  });

  it("ends a run as aborted that had not begun: its prompt is kept nowhere", async () => {
    const { tool } = patientTool();
    const store = memoryStore();
    const { promise: entered, resolve: enter } = Promise.withResolvers<void>();
    const hooks = [
      {
        event: "sessionStart" as const,
        run: async () => {
          enter();
          await new Promise(() => {});
        },
      },
    ];
    const harness = await createHarness(optionsOf(tool, { session: { id: "s", store }, hooks }));
    const result = harness.run("Go").result;
    await entered;
    await harness[Symbol.asyncDispose]();
    expect(await result).toMatchObject({ stopReason: "aborted", error: { message: /nothing of the run is kept/ } });
    expect(await store.find("s")).toBeUndefined();
  });

  it("lets a sweep end with what it had begun, and begins nothing more", async () => {
    const store = memoryStore();
    for (const id of ["a", "b", "c"]) {
      const { tool, begun } = patientTool();
      const harness = await createHarness(optionsOf(tool, { session: store }));
      const result = harness.run("Go", { session: { id, store } }).result;
      await begun;
      await harness[Symbol.asyncDispose]();
      expect(await result).toMatchObject({ stopReason: "paused" });
    }
    const { tool, begun } = patientTool();
    const harness = await createHarness(optionsOf(tool, { session: store, onUnknownOutcome: "tell-model" }));
    const again = harness.run("Go", { session: { id: "d", store } }).result;
    await begun;
    const sweep = harness.recover({ concurrency: 1 });
    await harness[Symbol.asyncDispose]();
    expect((await again).stopReason).toBe("paused");
    // Whatever it came to: it does not fail because the harness is closed.
    for (const { error } of await sweep) expect(error?.message ?? "").not.toContain("disposed");
    expect((await store.list()).map(({ heldBy }) => heldBy)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("keeps a call open that waited for its hooks or checks, and does not deny it", async () => {
    const { tool } = patientTool();
    const store = memoryStore();
    const { promise: entered, resolve: enter } = Promise.withResolvers<void>();
    const hook = {
      event: "beforeToolCall" as const,
      run: async () => {
        enter();
        await new Promise(() => {});
      },
    };
    const harness = await createHarness(optionsOf(tool, { session: { id: "s", store }, hooks: [hook] }));
    const result = harness.run("Go").result;
    await entered;
    await harness[Symbol.asyncDispose]();
    expect(await result).toMatchObject({ stopReason: "paused", denials: [] });
    const types: string[] = [];
    for await (const { type } of store.read("s")) types.push(type);
    expect(types).not.toContain("tool-result");
    const again = await createHarness(
      optionsOf(defineQuick(), { session: { id: "s", store }, model: scriptedModel(["Done."]) }),
    );
    expect(await again.resume("s").text()).toBe("Done.");
    await again[Symbol.asyncDispose]();
  });
});

/** The same tool, as another process may have it: it ends at once. */
function defineQuick(): Tool {
  const tool = defineTool({
    name: "Wait",
    description: "Waits",
    input: z.object({}),
    effect: "write",
    execute: () => "waited",
  });
  return tool as Tool;
}
