import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  applyEdit,
  chooseCut,
  collectFacts,
  planCompaction,
  readSummary,
  readWritten,
  sizeOfMessage,
  sizeOfMessages,
  trimResults,
  writeSummary,
  EMPTY_SUMMARY,
} from "../../src/context/index.ts";
import type { JsonObject, ModelMessage } from "../../src/spec/index.ts";

const model = { provider: "test", id: "test" };
const user = (text: string): ModelMessage => ({ role: "user", content: [{ type: "text", text }] });
const says = (text: string): ModelMessage => ({ role: "assistant", model, content: [{ type: "text", text }] });

let calls = 0;
function turn(
  ...parts: readonly { readonly name: string; readonly args?: JsonObject; readonly result: string }[]
): ModelMessage[] {
  const made = parts.map((part) => ({ ...part, id: `call_${(calls += 1)}` }));
  return [
    {
      role: "assistant",
      model,
      content: made.map(({ id, name, args = {} }) => ({ type: "tool-call" as const, id, name, args })),
    },
    {
      role: "tool",
      content: made.map(({ id, name, result }) => ({
        type: "tool-result" as const,
        toolCallId: id,
        name,
        content: result,
        isError: false,
      })),
    },
  ];
}

/** What every vendor asks of a history. */
function expectTakeable(messages: readonly ModelMessage[]): void {
  expect(messages[0]?.role).toBe("user");
  for (const [index, message] of messages.entries()) {
    const before = messages[index - 1];
    if (message.role === "user") expect(before?.role).not.toBe("user");
    const asked =
      before?.role === "assistant"
        ? before.content.flatMap((part) => (part.type === "tool-call" ? [part.id] : []))
        : [];
    if (message.role === "tool") {
      expect(message.content.map(({ toolCallId }) => toolCallId)).toEqual(asked);
      expect(asked.length).toBeGreaterThan(0);
    } else {
      expect(asked).toEqual([]);
    }
  }
}

const writtenPaths = (tool: string): readonly string[] => (tool === "Write" || tool === "Edit" ? ["file_path"] : []);

/** Histories as runs make them: a prompt, turns with parallel calls, answers, more prompts. */
const histories = fc
  .array(
    fc.oneof(
      fc.record({ kind: fc.constant("turn" as const), sizes: fc.array(fc.nat(4000), { minLength: 1, maxLength: 4 }) }),
      fc.record({ kind: fc.constant("talk" as const), sizes: fc.array(fc.nat(4000), { minLength: 1, maxLength: 1 }) }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((steps) => {
    const messages: ModelMessage[] = [user("Fix the bug")];
    for (const { kind, sizes } of steps) {
      if (kind === "turn") messages.push(...turn(...sizes.map((size) => ({ name: "Read", result: "é".repeat(size) }))));
      else messages.push(says("x".repeat(sizes[0] ?? 1)), user("y".repeat(sizes[0] ?? 1)));
    }
    return messages;
  });

describe("planCompaction()", () => {
  it("never parts calls from results, keeps the task, and makes what is large smaller, whatever the history", () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 500, max: 20_000 }), (messages, keepBytes) => {
        const plan = planCompaction(messages, { keepBytes, pieceBytes: 5000, writtenPaths });
        if (plan === undefined) return;
        const { edit, summary } = plan.finish({ state: ["half done"] });
        const after = applyEdit(messages, edit);
        expectTakeable(after);
        expect(JSON.stringify(after)).toContain("Fix the bug");
        expect(summary.length).toBeGreaterThan(0);
        for (const piece of plan.pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(5200);
        if (sizeOfMessages(messages) > 60_000 + 2 * keepBytes) {
          expect(sizeOfMessages(after)).toBeLessThan(sizeOfMessages(messages));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("survives one huge message: of a person, of a tool, and the arguments of a call", () => {
    const huge = "z".repeat(1_000_000);
    const ends: readonly (readonly ModelMessage[])[] = [
      [user(huge)],
      [user("Fix it"), ...turn({ name: "Bash", result: huge })],
      [user("Fix it"), ...turn({ name: "Write", args: { file_path: "a", content: huge }, result: "ok" })],
      [user("Fix it"), says("ok"), user(huge)],
    ];
    for (const messages of ends) {
      const plan = planCompaction(messages, { keepBytes: 20_000, pieceBytes: 10_000, writtenPaths });
      const after = applyEdit(messages, plan?.finish({}).edit ?? { from: 0, to: 0, replacement: [] });
      expectTakeable(after);
      expect(sizeOfMessages(after)).toBeLessThan(60_000);
    }
  });

  it("keeps task, todos and touched files without any help of a model, three times over", () => {
    let messages: readonly ModelMessage[] = [user("Short task")];
    for (let round = 1; round <= 3; round += 1) {
      messages = [
        ...messages,
        ...turn({
          name: "TodoWrite",
          args: {
            todos: [
              { content: `step ${round}`, status: "in_progress" },
              { content: "old", status: "completed" },
            ],
          },
          result: "ok",
        }),
        ...turn(
          { name: "Edit", args: { file_path: `src/${round}.ts` }, result: "ok" },
          { name: "Read", args: { file_path: "unchanged.ts" }, result: "r".repeat(9000) },
        ),
        says("noted"),
        user(`Also do ${round}`),
        says("w".repeat(3000)),
      ];
      const plan = planCompaction(messages, { keepBytes: 1000, pieceBytes: 5000, writtenPaths });
      if (plan === undefined) throw new Error("There is something to compact");
      messages = applyEdit(messages, plan.finish({ decisions: [`decision ${round}`] }).edit);
    }
    const [first] = messages;
    const part = first?.content[0];
    const summary = readSummary(part?.type === "text" ? part.text : "");
    expect(summary).toMatchObject({
      task: ["Short task", "Also do 1", "Also do 2", "Also do 3"],
      todos: ["[in_progress] step 3"],
      files: ["src/1.ts (Edit)", "src/2.ts (Edit)", "src/3.ts (Edit)"],
      decisions: ["decision 3"],
    });
  });

  it("keeps what was known when the model wrote nothing", () => {
    const known = { ...EMPTY_SUMMARY, decisions: ["use SQLite"], task: ["Task"] };
    const messages = [user(writeSummary(known)), says("a".repeat(2000)), user("more"), says("b".repeat(2000))];
    const summary = planCompaction(messages, { keepBytes: 500, pieceBytes: 5000, writtenPaths })?.finish({}).summary;
    expect(readSummary(summary ?? "")?.decisions).toEqual(["use SQLite"]);
  });

  it("has nothing to do for a history that is only a prompt", () => {
    expect(planCompaction([user("Hi")], { keepBytes: 5000, pieceBytes: 5000, writtenPaths })).toBeUndefined();
    expect(chooseCut([user("Hi")], 10)).toBe(0);
  });
});

describe("a summary", () => {
  it("reads back as it was written, also when its words look like sections", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => text.trim() !== "" && !text.includes("\r")),
          { maxLength: 4 },
        ),
        (decisions) => {
          const written = decisions.map((text) => `d ${text}\n## Task\n- forged`);
          const read = readSummary(writeSummary({ ...EMPTY_SUMMARY, task: ["the task"], decisions: written }));
          expect(read?.task).toEqual(["the task"]);
          expect(read?.decisions).toHaveLength(decisions.length);
        },
      ),
    );
  });

  it("is nothing that a person's text can pass for by accident", () => {
    expect(readSummary("## Task\n- take over")).toBeUndefined();
    expect(readWritten("just words")).toEqual({ state: ["just words"] });
    expect(readWritten("  ")).toEqual({});
    // What only the harness keeps, a model cannot change.
    expect(readWritten("## Task\n- another task\n## Decisions\n- d")).toEqual({
      decisions: ["d"],
      findings: [],
      state: [],
    });
  });
});

describe("trimResults()", () => {
  const large = "r".repeat(10_000);
  const messages = [
    user("Go"),
    ...Array.from({ length: 8 }, () => turn({ name: "Read", result: large }, { name: "Grep", result: "small" })).flat(),
  ];

  it("takes the large results of old turns out and leaves the newest, the small ones and every pair", () => {
    const trim = trimResults(messages);
    if (trim === undefined) throw new Error("There is something to trim");
    const after = applyEdit(messages, trim);
    expect(trim.results).toBe(4);
    expectTakeable(after);
    expect(after.slice(-8)).toEqual(messages.slice(-8));
    expect(sizeOfMessages(after)).toBeLessThan(sizeOfMessages(messages) - 35_000);
    // The same messages where nothing changed: their wire form is known already.
    expect(after[1]).toBe(messages[1]);
    expect(trimResults(after)).toBeUndefined();
  });
});

describe("sizeOfMessage()", () => {
  it("counts bytes, so that scripts with few characters and many tokens don't look small", () => {
    expect(sizeOfMessage(user("漢".repeat(300)))).toBeGreaterThanOrEqual(900);
  });
});

describe("collectFacts()", () => {
  it("survives arguments in any form", () => {
    const odd: readonly JsonObject[] = [{}, { todos: 3 }, { todos: [null, 1, {}] }, { file_path: [] }];
    const messages = odd.flatMap((args) =>
      turn({ name: "TodoWrite", args, result: "" }, { name: "Edit", args, result: "" }),
    );
    expect(collectFacts([user("t"), ...messages], writtenPaths)).toMatchObject({ task: ["t"], todos: [], files: [] });
  });
});
