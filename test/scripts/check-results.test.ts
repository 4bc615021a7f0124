import { describe, expect, it } from "vitest";
import { checkResults } from "../../scripts/check-results.ts";
import { makeTree } from "./tree.ts";

const LITERAL = "{ call, outcome: 'completed', isolation, decision, content: 'raw' }";

describe("checkResults()", () => {
  it.each([
    ["a literal with its marks", `export const result = ${LITERAL};`],
    [
      "a literal in an argument",
      `emit({ type: "tool_result", ...${LITERAL}, outcome: "completed", isolation: none, decision });`,
    ],
    ["an annotated variable", "const result: ToolCallResult = { ...other, content: 'raw' };"],
    ["a cast", "const result = { content: 'raw' } as ToolCallResult;"],
    ["a satisfied literal", "const result = { content: 'raw' } satisfies ToolCallResult;"],
    ["an annotated return", "function make(): ToolCallResult { return { content: 'raw' }; }"],
    ["an annotated promise", "async function make(): Promise<ToolCallResult> { return { content: 'raw' }; }"],
    ["an arrow function", "const make = (): ToolCallResult | undefined => ({ content: 'raw' });"],
    ["a frozen literal", "const make = (): ToolCallResult => Object.freeze({ content: 'raw' });"],
    [
      "marks that look copied and are not",
      "function make(outcome, decision, isolation) { return { outcome, decision, isolation }; }",
    ],
  ])("reports %s outside of its one file", (_, text) => {
    using tree = makeTree({ "src/agent/bad.ts": text });
    expect(checkResults(tree.root)).toEqual(expect.arrayContaining([expect.stringContaining("src/agent/bad.ts:1")]));
  });

  it("allows the one file, fakes, copies of a finished result and results that pass through", () => {
    using tree = makeTree({
      "src/tool-call/make-result.ts": `export const result: ToolCallResult = ${LITERAL};`,
      "src/testing/fakes.ts": `export const result = ${LITERAL};`,
      "src/agent/emit.ts": `
        function emit(result: ToolCallResult) {
          const { outcome, decision, isolation } = result;
          send({ type: "tool_result", outcome, decision, isolation });
          send({ outcome: result.outcome, decision: result.decision, isolation: result.isolation });
        }
        async function passOn(call: ToolCall): Promise<ToolCallResult> {
          const options = { call, limit: 1 };
          return await runOne(options);
        }`,
      "src/audit/record.ts": "export const record = { outcome: 'abandoned', decision: undefined };",
    });
    expect(checkResults(tree.root)).toEqual([]);
  });
});
