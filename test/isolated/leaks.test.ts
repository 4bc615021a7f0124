import { getEventListeners } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createHarness, run, type Message, type RunOptions } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { deaths, silences, unendedAnswer } from "../stories/deaths.ts";
import {
  answerCall,
  answerText,
  HANG,
  openFaultServer,
  type FaultServer,
  type FaultStep,
} from "../stories/fault-server.ts";
import { places, quickTool } from "../stories/places.ts";
import { expectWhole, openStage, weatherTool, type Stage } from "../stories/stage.ts";
import { watchHoldings, type Watch } from "./count-holdings.ts";

const TIMES = 20;

/** A way in which a run ends. */
interface End {
  readonly name: string;
  readonly answers: readonly (readonly FaultStep[])[];
  readonly parts?: () => RunOptions;
  /** Reads the run; by default to its end. */
  readonly read?: (run: ReturnType<typeof startRun>, server: FaultServer) => Promise<void>;
  readonly prepare?: (stage: Stage) => Promise<void>;
}

const quietly = { retry: { maxRetries: 0 }, timeouts: { firstChunkMs: 60, chunkMs: 40 } } as const;
const once = { retry: { maxRetries: 0 } } as const;
const allowed = { permissionMode: "bypass" } as const;
const types = ["system", "reasoning", "text", "tool_use", "approval_request", "tool_result", "result"] as const;

const ends: readonly End[] = [
  { name: "naturally", answers: [answerText("Done.")] },
  {
    name: "naturally after a tool",
    answers: [answerCall("Work"), answerText("Done.")],
    parts: () => ({ ...allowed, tools: [quickTool] }),
  },
  {
    name: "naturally after a command",
    answers: [answerCall("Bash", { command: "echo done" }), answerText("Done.")],
    parts: () => ({ ...allowed, tools: ["Bash"] }),
  },
  {
    name: "naturally with a process left in the background",
    answers: [answerCall("Bash", { command: "sleep 3601.25 >/dev/null 2>&1 & echo done" }), answerText("Done.")],
    parts: () => ({ ...allowed, tools: ["Bash"] }),
  },
  {
    name: "naturally with a session in the user's database",
    answers: [answerText("Done.")],
    parts: () => ({ session: `s-${crypto.randomUUID()}` }),
  },
  { name: "naturally although the connection stays open", answers: [[...unendedAnswer.steps, HANG]] },
  {
    name: "by max_turns",
    answers: [answerCall("Work")],
    parts: () => ({ ...allowed, maxTurns: 2, tools: [quickTool] }),
  },
  { name: "by a budget", answers: [answerText("Done.")], parts: () => ({ budget: { maxTokens: 1 } }) },
  { name: "by runMs", answers: [[HANG]], parts: () => ({ timeouts: { runMs: 40 } }) },
  { name: "by turnMs", answers: [[HANG]], parts: () => ({ timeouts: { turnMs: 40 } }) },
  {
    name: "by a tool's limit and a denial",
    answers: [answerCall("Bash", { command: "sleep 3601.25", timeout: 40 }), answerText("Done.")],
    parts: () => ({ ...allowed, tools: ["Bash"] }),
  },
  { name: "without a key", answers: [[HANG]], parts: () => ({ apiKey: "" }) },
  { name: "by options that cannot be opened", answers: [[HANG]], parts: () => ({ budget: { maxTokens: -1 } }) },
  { name: "by an approver that is none", answers: [[HANG]], parts: () => ({ onApproval: 7 as never }) },
  {
    name: "by a configuration that cannot be read",
    answers: [[HANG]],
    parts: () => ({ session: `s-${crypto.randomUUID()}` }),
    async prepare({ folder }) {
      await mkdir(join(folder, ".harness"), { recursive: true });
      await writeFile(join(folder, ".harness", "config.toml"), "[run\n");
    },
  },
  {
    name: "by a policy that cannot be read",
    answers: [[HANG]],
    parts: () => ({ policy: "missing.yml", session: `s-${crypto.randomUUID()}` }),
  },
  ...deaths.map(({ where, steps }) => ({
    name: `because the provider dies ${where}`,
    answers: [steps],
    parts: () => once,
  })),
  ...silences.map(({ where, steps }) => ({
    name: `because of silence ${where}`,
    answers: [steps],
    parts: () => quietly,
  })),
  ...types.map((type): End => ({
    name: `because the reader leaves at ${type}`,
    answers: [answerCall("Work"), answerText("Done.")],
    parts: () => ({ tools: [quickTool], onApproval: () => true }),
    async read(current) {
      for await (const message of current) if (message.type === type) break;
    },
  })),
  ...places().map(({ where }, index): End => {
    const place = () => places()[index] ?? places()[0];
    let current = place();
    return {
      name: `by abort() ${where}`,
      answers: current?.answers ?? [],
      parts() {
        current = place();
        return current?.parts ?? {};
      },
      async read(running, server) {
        const stop = (): void => running.abort(new Error("enough"));
        current?.begin?.({ server, stop });
        for await (const message of running) if (current?.at?.(message) === true) stop();
      },
    };
  }),
];

function startRun(stage: Stage, server: FaultServer, parts: RunOptions) {
  const vendor = { provider: "anthropic", model: "claude-sonnet-5-5", baseUrl: server.url };
  return run("Go", stage.options({ ...vendor, ...parts }));
}

async function performOnce(stage: Stage, end: End, signal: AbortSignal): Promise<void> {
  await using server = await openFaultServer(...end.answers);
  const current = startRun(stage, server, { ...end.parts?.(), signal });
  if (end.read === undefined) {
    const all: Message[] = [];
    for await (const message of current) all.push(message);
    expectWhole(all);
  } else {
    await end.read(current, server);
  }
  await expect(current.result).resolves.toMatchObject({ type: "result" });
}

describe.skipIf(process.platform !== "linux")("run() leaves nothing behind (skipped: needs /proc)", () => {
  let watch: Watch;
  beforeAll(() => {
    watch = watchHoldings();
  });
  afterAll(() => watch[Symbol.dispose]());

  it.each(ends)(`when it ends ${TIMES} times $name`, { timeout: 60_000 }, async (end) => {
    await using stage = await openStage();
    await end.prepare?.(stage);
    const { signal } = new AbortController();
    // The first one loads what stays loaded.
    await performOnce(stage, end, signal);
    const before = await watch.settle(watch.count());
    for (let time = 0; time < TIMES; time += 1) await performOnce(stage, end, signal);
    expect(await watch.settle(before)).toEqual(before);
    expect(before.children).toEqual([]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(watch.warnings).toEqual([]);
  });

  it(`when ${TIMES} runs are stopped at once by one signal`, async () => {
    await using stage = await openStage();
    await using server = await openFaultServer([HANG]);
    await performOnce(stage, { name: "", answers: [answerText("Done.")] }, new AbortController().signal);
    const before = await watch.settle(watch.count());
    const controller = new AbortController();
    const runs = Array.from({ length: TIMES }, () => startRun(stage, server, { signal: controller.signal }));
    const results = Promise.all(runs.map(({ result }) => result));
    await server.received(TIMES);
    controller.abort(new Error("enough"));
    expect((await results).every(({ stopReason }) => stopReason === "aborted")).toBe(true);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(await watch.settle(before)).toEqual(before);
    expect(watch.warnings).toEqual([]);
  });

  it(`when a harness with ${TIMES} runs is disposed, some of them at work`, async () => {
    await using stage = await openStage();
    const perform = async (): Promise<void> => {
      await using server = await openFaultServer(answerText("Done."), answerText("Done."), [HANG]);
      const vendor = { provider: "anthropic", model: "claude-sonnet-5-5", baseUrl: server.url };
      const harness = await createHarness(stage.options(vendor));
      const results = Array.from({ length: TIMES }, () => harness.run("Go").result);
      await Promise.race(results);
      await harness[Symbol.asyncDispose]();
      const reasons = (await Promise.all(results)).map(({ stopReason }) => stopReason);
      expect(new Set(reasons)).toEqual(new Set(["end_turn", "aborted"]));
    };
    await perform();
    const before = await watch.settle(watch.count());
    await perform();
    expect(await watch.settle(before)).toEqual(before);
  });

  it("sees a leak when there is one", async () => {
    const before = await watch.settle(watch.count());
    const timer = setTimeout(() => {}, 60_000).unref();
    const listener = (): void => {};
    process.on("SIGHUP", listener);
    const after = await watch.settle(before);
    expect(after.timers).toBe(before.timers + 1);
    expect(after.listeners).not.toEqual(before.listeners);
    clearTimeout(timer);
    process.off("SIGHUP", listener);
    expect(await watch.settle(before)).toEqual(before);
  });
});

describe("two runs at once", () => {
  it("don't see each other's messages, tools or results", async () => {
    await using stage = await openStage();
    const start = (city: string) => {
      const { tool, asked } = weatherTool();
      const toolCalls = [{ name: "Weather", args: { city } }];
      const steps = Array.from({ length: 50 }, () => ({ text: `Looking at ${city}.`, toolCalls }));
      const model = scriptedModel([...steps, `It is cold in ${city}.`]);
      const read = async (): Promise<readonly Message[]> => {
        const all: Message[] = [];
        for await (const message of run(`Weather of ${city}?`, stage.options({ model, tools: [tool] })))
          all.push(message);
        return all;
      };
      return { city, model, asked, messages: read() };
    };
    const both = [start("Oslo"), start("Rome")];
    for (const { city, model, asked, messages } of both) {
      const other = city === "Oslo" ? "Rome" : "Oslo";
      const all = await messages;
      const result = expectWhole(all);
      expect(result).toMatchObject({
        stopReason: "end_turn",
        text: `It is cold in ${city}.`,
        turns: 51,
        toolCalls: 50,
      });
      expect(asked).toEqual(Array.from({ length: 50 }, () => city));
      expect(JSON.stringify(all)).not.toContain(other);
      expect(JSON.stringify(model.requests)).not.toContain(other);
    }
    const sessions = await Promise.all(both.map(async ({ messages }) => (await messages)[0]?.sessionId));
    expect(new Set(sessions).size).toBe(2);
  });
});
