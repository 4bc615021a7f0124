import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { verifyAudit } from "../../src/audit/index.ts";
import { run, type Message, type RunOptions } from "../../src/index.ts";
import type { Model } from "../../src/spec/index.ts";
import { scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-explorers-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const AREAS = ["api", "store", "ui", "docs", "tests"];
const pricing = { input: 3, output: 15 };

/** Each explorer waits until all five have begun: none could end if they ran one after the other. */
function explorers(): Model {
  let begun = 0;
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const scripts = new Map<string, readonly ScriptedStep[]>([
    [
      "Where is the bug?",
      [
        {
          toolCalls: AREAS.map((area) => ({
            name: "Task",
            args: { agent_type: "explore", prompt: area },
            id: `task-${area}`,
          })),
        },
        "The bug is in the store.",
      ],
    ],
    ...AREAS.map((area): [string, readonly ScriptedStep[]] => [
      area,
      [
        {
          text: `Reading ${area}`,
          toolCalls: [{ name: "Read", args: { file_path: `${area}.txt` }, id: `read-${area}` }],
        },
        area === "ui" ? { text: "I was", error: new Error("overloaded") } : `${area} is fine`,
      ],
    ]),
  ]);
  const models = new Map([...scripts].map(([prompt, steps]) => [prompt, scriptedModel(steps, { pricing })]));
  return {
    provider: "scripted",
    id: "scripted",
    info: { provider: "scripted", id: "scripted", pricing },
    async *stream(request, options) {
      const part = request.messages[0]?.content[0];
      const prompt = part?.type === "text" ? part.text : "";
      if (AREAS.includes(prompt) && request.messages.length === 1) {
        begun += 1;
        if (begun === AREAS.length) resolve();
        await all;
      }
      const model = models.get(prompt);
      if (model === undefined) throw new Error(`No script for ${prompt}`);
      yield* model.stream(request, options);
    },
  };
}

describe("five explorers in parallel, of which one fails", () => {
  it("work at the same time, leave four findings, and one audit log, bill and stream for all", async () => {
    for (const area of AREAS) await writeFile(join(folder, `${area}.txt`), `about ${area}\n`);
    const options: RunOptions = {
      model: explorers(),
      cwd: folder,
      env: { HOME: folder, PATH: process.env["PATH"] },
      budget: { maxCost: 1 },
      retry: { maxRetries: 0 },
    };
    const messages: Message[] = [];
    const current = run("Where is the bug?", options);
    for await (const message of current) messages.push(message);
    const result = await current.result;

    // One stream, without gaps, in which each message says whose it is.
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index));
    for (const area of AREAS) {
      const own = messages.filter(({ parentToolUseId }) => parentToolUseId === `task-${area}`);
      expect(own.length).toBeGreaterThan(3);
      expect(own.every(({ agent, sessionId }) => agent === "explore" && sessionId === current.sessionId)).toBe(true);
      const reads = own.filter((message) => message.type === "tool_result");
      expect(reads).toMatchObject([{ toolUseId: `read-${area}`, outcome: "completed" }]);
    }

    // Four results and one failure, in the order asked; the parent works with what it got.
    const tasks = messages.filter((message) => message.type === "tool_result" && message.name === "Task");
    expect(tasks).toMatchObject(
      AREAS.map((area) => ({ toolUseId: `task-${area}`, isError: area === "ui", agent: "main" })),
    );
    expect(tasks[2]).toMatchObject({ content: expect.stringContaining("overloaded") });
    expect(result).toMatchObject({ text: "The bug is in the store.", stopReason: "end_turn" });

    // The bill is the sum of all: main 2 calls, four explorers 2 calls, one 1 call and one that broke off.
    expect(result.agents).toHaveLength(5);
    const children = result.agents?.reduce((sum, { cost = Number.NaN }) => sum + cost, 0) ?? Number.NaN;
    const own = (2 * (10 * pricing.input + 5 * pricing.output)) / 1e6;
    expect(result.totalCost).toBeCloseTo(children + own, 9);
    expect(result.agents?.filter(({ stopReason }) => stopReason === "error")).toMatchObject([{ toolUseId: "task-ui" }]);

    // One log, and it holds.
    const report = await verifyAudit(join(folder, ".harness", "audit"));
    expect(report).toMatchObject({ ok: true, files: [expect.anything()] });
  });
});
