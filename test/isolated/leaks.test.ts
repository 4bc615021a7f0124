import { spawn } from "node:child_process";
import { getEventListeners } from "node:events";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createHarness, run, type Message, type Run, type RunOptions } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { answerText, HANG, openFaultServer, type FaultServer } from "../stories/fault-server.ts";
import { COMMAND_MARK } from "../stories/places.ts";
import { expectWhole, openStage, weatherTool, type Stage } from "../stories/stage.ts";
import { watchHoldings, type Watch } from "./count-holdings.ts";
import { ends, type End } from "./ends.ts";

const TIMES = 20;
const AT_ONCE = 5;

function startRun(stage: Stage, server: FaultServer, parts: RunOptions): Run {
  const vendor = { provider: "anthropic", model: "claude-sonnet-5-5", baseUrl: server.url };
  return run("Go", stage.options({ ...vendor, ...parts }));
}

async function performOnce(stage: Stage, end: End, signal: AbortSignal): Promise<void> {
  await using server = await openFaultServer(...end.answers);
  const { parts = end.parts?.(), read = end.read } = end.open?.() ?? {};
  const current = startRun(stage, server, { ...parts, signal });
  if (read === undefined) {
    const all: Message[] = [];
    for await (const message of current) all.push(message);
    expectWhole(all);
  } else {
    await read(current, server);
  }
  await expect(current.result).resolves.toMatchObject({ type: "result" });
}

describe.skipIf(process.platform !== "linux")("run() leaves nothing behind (skipped: needs /proc)", () => {
  let watch: Watch;
  beforeAll(() => {
    watch = watchHoldings();
  });
  afterAll(() => watch[Symbol.dispose]());

  it.each(ends)(`when it ends ${TIMES} times $name`, async (end) => {
    await using stage = await openStage();
    await end.prepare?.(stage);
    const { signal } = new AbortController();
    // The first one loads what stays loaded.
    await performOnce(stage, end, signal);
    const before = await watch.rest();
    for (let time = 0; time < TIMES; time += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => performOnce(stage, end, signal)));
    }
    expect(await watch.leftOver(before)).toEqual([]);
    expect(before.filter((name) => name.startsWith("child"))).toEqual([]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(watch.warnings).toEqual([]);
  });

  it(`when ${TIMES} runs are stopped at once by one signal`, async () => {
    await using stage = await openStage();
    await using server = await openFaultServer([HANG]);
    await performOnce(stage, { name: "", answers: [answerText("Done.")] }, new AbortController().signal);
    const before = await watch.rest();
    const controller = new AbortController();
    const runs = Array.from({ length: TIMES }, () => startRun(stage, server, { signal: controller.signal }));
    const results = Promise.all(runs.map(({ result }) => result));
    await server.received(TIMES);
    controller.abort(new Error("enough"));
    expect((await results).every(({ stopReason }) => stopReason === "aborted")).toBe(true);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(await watch.leftOver(before)).toEqual([]);
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
    const before = await watch.rest();
    await perform();
    expect(await watch.leftOver(before)).toEqual([]);
  });

  it("sees what is left when something is", async () => {
    const before = await watch.rest();
    const program = fileURLToPath(import.meta.url);
    const timers = Array.from({ length: TIMES }, () => setTimeout(() => {}, 60_000).unref());
    const file = await open(program);
    const child = spawn("sleep", [COMMAND_MARK], { stdio: "ignore" });
    const listener = (): void => {};
    process.on("SIGHUP", listener);
    const left = await watch.leftOver(before, 20);
    for (const timer of timers) clearTimeout(timer);
    process.off("SIGHUP", listener);
    child.kill();
    await file.close();
    const names = ["timer", `file ${program}`, "ProcessWrap", `child sleep ${COMMAND_MARK} `, "listener of SIGHUP"];
    expect(left).toEqual(expect.arrayContaining(names));
    expect(await watch.leftOver(before)).toEqual([]);
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
