import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { verifyAudit } from "../../src/audit/index.ts";
import { readSummary } from "../../src/context/index.ts";
import { createHarness, type Message, type RunOptions } from "../../src/index.ts";
import { sqliteStore } from "../../src/session/index.ts";
import type { ModelRequest } from "../../src/spec/index.ts";
import type { ScriptedAnswer } from "../../src/testing/index.ts";
import { countingModel, expectTakeable } from "../agent/counting-model.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "harness-compactions-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const PARTS = 24;
const TASK = `Give each of part-1.txt to part-${PARTS}.txt its number in words`;

/** What the model knows is what stands in the request: it works off the first open todo that it reads there. */
function worker(request: ModelRequest): ScriptedAnswer | string {
  const text = JSON.stringify(request.messages);
  if (!text.includes("Give each of part-1.txt")) return "What was I to do?";
  // An agent without a list, or whose list was lost, would begin again.
  const marks = [...text.matchAll(/(?:status\\*":\\*"in_progress|\[in_progress\] |\[>\] ?)/g)];
  if (marks.length === 0 && !text.includes("all parts are done")) return plan(1);
  const doing = Math.max(...[...text.matchAll(/now part (\d+)/g)].map((match) => Number(match[1])));
  const isRead = text.includes(`content of ${doing} `) && !text.includes(`Read part-${doing} again`);
  const isWritten = text.includes(`Wrote part-${doing}.txt`);
  if (isWritten) return doing === PARTS ? "All parts are done." : plan(doing + 1);
  if (!isRead)
    return {
      text: `Reading ${doing}`,
      toolCalls: [{ name: "Read", args: { file_path: `part-${doing}.txt` }, id: `read_${doing}` }],
    };
  const content = `part ${doing} is done\n`;
  return { toolCalls: [{ name: "Write", args: { file_path: `part-${doing}.txt`, content }, id: `write_${doing}` }] };
}

function plan(part: number): ScriptedAnswer {
  const todos = [{ content: `now part ${part}`, status: "in_progress" }];
  return { toolCalls: [{ name: "TodoWrite", args: { todos }, id: `todo_${part}` }] };
}

describe("three compactions and the task is still done", () => {
  it("by an agent that knows only what its context holds, also over a restart", async () => {
    for (let part = 1; part <= PARTS; part += 1) {
      await writeFile(join(folder, `part-${part}.txt`), `content of ${part} ${"filler ".repeat(250)}\n`);
    }
    const model = countingModel((request) => worker(request), { contextWindow: 6000 });
    const path = join(folder, ".harness", "harness.db");
    const options = (): RunOptions => ({
      model,
      cwd: folder,
      env: { HOME: folder, PATH: process.env["PATH"] },
      tools: ["Read", "Write", "TodoWrite"],
      permissionMode: "accept_edits",
      maxOutputTokens: 500,
      maxTurns: 40,
      session: "story",
      compaction: { threshold: 0.7, keep: 0.2 },
    });
    const messages: Message[] = [];
    await using first = await createHarness(options());
    const begun = first.run(TASK);
    for await (const message of begun) messages.push(message);
    await expect(begun.result).resolves.toMatchObject({ stopReason: "max_turns" });
    await first[Symbol.asyncDispose]();

    // Another process goes on: it has the compacted history, and the person says nothing new of the task.
    await using second = await createHarness({ ...options(), maxTurns: 100 });
    const resumed = second.resume("story", "Go on");
    for await (const message of resumed) messages.push(message);
    await expect(resumed.result).resolves.toMatchObject({ text: "All parts are done.", stopReason: "end_turn" });
    await second[Symbol.asyncDispose]();

    const compactions = messages.filter((message) => message.type === "compaction");
    expect(compactions.length).toBeGreaterThanOrEqual(3);
    for (let part = 1; part <= PARTS; part += 1) {
      expect(await readFile(join(folder, `part-${part}.txt`), "utf8")).toBe(`part ${part} is done\n`);
    }
    const last = readSummary(compactions.at(-1)?.summary ?? "");
    expect(last?.task[0]).toBe(TASK);
    expect(last?.files.length).toBeGreaterThan(10);
    expect(last?.decisions).toEqual(["use plan B"]);
    for (const request of model.requests) {
      expectTakeable(request.messages);
      expect(JSON.stringify(request.messages)).toContain("Give each of part-1.txt");
    }

    // Nothing is lost: the journal holds every call, and the audit log holds.
    const store = await sqliteStore(path);
    let results = 0;
    for await (const { type } of store.read("story")) if (type === "tool-result") results += 1;
    await store.close();
    expect(results).toBe(3 * PARTS);
    await expect(verifyAudit(join(folder, ".harness", "audit"))).resolves.toMatchObject({ ok: true });
  });
});
