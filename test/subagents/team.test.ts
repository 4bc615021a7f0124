import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { createHarness, defineTool, type Message, type RunOptions } from "../../src/index.ts";
import type { Model } from "../../src/spec/index.ts";
import { runTeam, type TeamTask } from "../../src/subagents/index.ts";
import { scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-team-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Answers by the beginning of the prompt; keeps what each was asked. */
function teamModel(scripts: Readonly<Record<string, readonly ScriptedStep[]>>): Model & { readonly prompts: string[] } {
  const models = new Map(Object.entries(scripts).map(([start, steps]) => [start, scriptedModel(steps)]));
  const prompts: string[] = [];
  return {
    provider: "scripted",
    id: "scripted",
    info: { provider: "scripted", id: "scripted", pricing: { input: 1, output: 1 } },
    prompts,
    stream(request, options) {
      const part = request.messages[0]?.content[0];
      const prompt = part?.type === "text" ? part.text : "";
      prompts.push(prompt);
      const start = [...models.keys()].find((known) => prompt.startsWith(known)) ?? "none";
      const model = models.get(start);
      if (model === undefined) throw new Error(`No script for ${prompt}`);
      return model.stream(request, options);
    },
  };
}

const plan = (...tasks: readonly TeamTask[]): string => JSON.stringify({ tasks });
const task = (title: string, after: readonly number[] = []): TeamTask => ({ title, prompt: `do ${title}`, after });

async function open(model: Model, parts: RunOptions = {}) {
  return await createHarness({
    model,
    cwd: folder,
    env: { HOME: folder, PATH: process.env["PATH"] },
    audit: false,
    permissionMode: "bypass",
    retry: { maxRetries: 0 },
    ...parts,
  });
}

describe("runTeam()", () => {
  it("plans, does what it can at the same time, gives results on, and merges", async () => {
    const model = teamModel({
      Divide: [plan(task("a"), task("b"), task("c", [0, 1]))],
      "do a": ["a found"],
      "do b": ["b found"],
      "do c": ["c built"],
      "A team worked": ["All done."],
    });
    await using harness = await open(model);
    const heard = new Set<number | string>();
    const { text, parts, totalTokens, totalCost, results } = await runTeam("Goal", {
      harness,
      onMessage: (_, from) => void heard.add(from),
    });
    expect(text).toBe("All done.");
    expect(parts.map(({ result }) => result?.text)).toEqual(["a found", "b found", "c built"]);
    expect(results).toHaveLength(5);
    expect(totalTokens).toBe(75);
    expect(totalCost).toBeGreaterThan(0);
    expect([...heard]).toEqual(["plan", 0, 1, 2, "merge"]);
    const c = model.prompts.find((prompt) => prompt.startsWith("do c"));
    expect(c).toContain("a found");
    expect(c).toContain("b found");
  });

  it("keeps the others when one fails, leaves out what comes after it, and tells the merger", async () => {
    const model = teamModel({
      Divide: [plan(task("a"), task("b"), task("c", [0]), task("d", [2]))],
      "do a": [new Error("gone")],
      "do b": ["b found"],
      "A team worked": ["Half done."],
    });
    await using harness = await open(model);
    const { text, parts } = await runTeam("Goal", { harness });
    expect(text).toBe("Half done.");
    expect(parts.map(({ result }) => result?.stopReason)).toEqual(["error", "end_turn", undefined, undefined]);
    const merge = model.prompts.at(-1) ?? "";
    expect(merge).toContain("Failed (error): gone");
    expect(merge).toContain("Not begun");
  });

  it.each([
    {
      name: "a plan that waits for itself",
      scripts: { Divide: [plan(task("a", [1]), task("b", [0]))] },
      message: /wait for each other/,
    },
    { name: "a plan that waits for nothing there", scripts: { Divide: [plan(task("a", [7]))] }, message: /a/ },
    { name: "no plan", scripts: { Divide: ["I don't know", "really", "no"] }, message: /no plan/ },
    {
      name: "no task that succeeds",
      scripts: { Divide: [plan(task("a"))], "do a": [new Error("gone")] },
      message: /gone/,
    },
  ])("throws with $name", async ({ scripts, message }) => {
    await using harness = await open(teamModel(scripts));
    await expect(runTeam("Goal", { harness })).rejects.toThrow(message);
  });

  it("plans in plan mode: whoever plans changes nothing", async () => {
    const change = defineTool({
      name: "Change",
      description: "Changes",
      input: z.object({}),
      effect: "write",
      execute: () => "changed",
    });
    const model = teamModel({
      Divide: [{ toolCalls: [{ name: "Change" }] }, plan(task("a"))],
      "do a": [{ toolCalls: [{ name: "Change" }] }, "changed it"],
      "A team worked": ["Done."],
    });
    await using harness = await open(model, { tools: [change] });
    const outcomes: string[] = [];
    const onMessage = (message: Message, from: number | string): void => {
      if (message.type === "tool_result") outcomes.push(`${from} ${message.outcome}`);
    };
    await runTeam("Goal", { harness, onMessage });
    expect(outcomes).toEqual(["plan denied", "0 completed"]);
  });

  it("labels whoever reads a result with what its maker had read", async () => {
    const page = defineTool({
      name: "Page",
      description: "Reads",
      input: z.object({}),
      effect: "read",
      isUntrusted: true,
      execute: () => "x",
    });
    const seen: string[] = [];
    const model = teamModel({
      Divide: [plan(task("a"), task("b"), task("c", [0]))],
      "do a": [{ toolCalls: [{ name: "Page" }] }, "read"],
      "do b": ["clean"],
      "do c": ["c"],
      "A team worked": ["Done."],
    });
    await using harness = await open(model, {
      tools: [page],
      hooks: [
        {
          event: "beforePrompt",
          run: ({ prompt, labels }) => void seen.push(`${prompt.slice(0, 4)} ${labels.isTainted}`),
        },
      ],
    });
    await runTeam("Goal", { harness });
    expect(seen).toEqual(["Divi false", "do a false", "do b false", "do c true", "A te true"]);
  });

  it.each(["the reader throws", "it is stopped while a task waits for its turn"])(
    "has nothing at work when it ends since %s",
    async (why) => {
      const model = teamModel({
        Divide: [plan(task("a"), task("b"))],
        "do a": [{ toolCalls: [{ name: "Work" }] }, "never said"],
        "do b": [{ toolCalls: [{ name: "Meet" }] }, "b found"],
      });
      const controller = new AbortController();
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
      let isOver = false;
      const work = defineTool({
        name: "Work",
        description: "Works until it is stopped, and tidies up",
        input: z.object({}),
        effect: "read",
        cancel: "cooperative",
        async execute(_input, { signal }) {
          begin();
          await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
          await sleep(50);
          isOver = true;
          return "half of it";
        },
      });
      const meet = defineTool({
        name: "Meet",
        description: "Waits for the other one",
        input: z.object({}),
        effect: "read",
        execute: async () => {
          await begun;
          return "met";
        },
      });
      await using harness = await open(model, { tools: [work, meet] });
      const isReader = why === "the reader throws";
      const team = runTeam("Goal", {
        harness,
        signal: controller.signal,
        maxParallel: isReader ? 2 : 1,
        onMessage(message, from) {
          if (isReader && from === 1 && message.type === "result") throw new Error("enough");
        },
      });
      if (!isReader) void begun.then(() => controller.abort(new Error("enough")));
      await expect(team).rejects.toThrow("enough");
      await begun;
      expect(isOver).toBe(true);
    },
  );
});
