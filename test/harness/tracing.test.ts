import { describe, expect, it } from "vitest";
import { z } from "zod";

import { defineTool, run, type Message, type RunOptions } from "../../src/index.ts";
import { fakeTracer, scriptedModel, type FakeSpan, type FakeTracer } from "../../src/testing/index.ts";

const options = { audit: false, config: false, env: {} } satisfies RunOptions;

const look = defineTool({
  name: "Look",
  description: "Looks",
  input: z.object({}),
  effect: "read",
  execute: (_input, { span }) => span?.traceContext()?.traceparent ?? "untraced",
});

/** Each span as "type below type". */
function treeOf({ spans }: FakeTracer): readonly string[] {
  return spans.map(({ type, parent }) => (parent === undefined ? type : `${type} < ${parent}`));
}

function find<Type extends FakeSpan["type"]>({ spans }: FakeTracer, type: Type): FakeSpan & { readonly type: Type } {
  const found = spans.find((span): span is FakeSpan & { readonly type: Type } => span.type === type);
  if (found === undefined) throw new Error(`There is no span of type ${type}`);
  return found;
}

async function messagesOf(prompt: string, given: RunOptions): Promise<readonly Message[]> {
  const messages: Message[] = [];
  for await (const message of run(prompt, { ...options, ...given })) messages.push(message);
  return messages;
}

describe("a traced run", () => {
  it("is a tree: turns below the run, model calls and tool calls below their turn, and all of them end", async () => {
    const telemetry = fakeTracer();
    const model = scriptedModel([{ toolCalls: [{ name: "Look", args: {} }] }, "Done."]);
    await messagesOf("Look", { model, tools: [look], telemetry });
    expect(treeOf(telemetry)).toEqual([
      "run",
      "turn < run",
      "model-call < turn",
      "tool-call < turn",
      "turn < run",
      "model-call < turn",
    ]);
    expect(telemetry.spans.filter(({ isEnded }) => !isEnded)).toEqual([]);
    expect(find(telemetry, "run").facts).toMatchObject([{ stopReason: "end_turn", turns: 2, toolCalls: 1 }]);
    expect(find(telemetry, "tool-call").facts).toMatchObject([{ result: { outcome: "completed" } }]);
    const finished = find(telemetry, "model-call").facts.at(-1);
    expect(finished).toMatchObject({ type: "finished", finish: { reason: "tool_use" } });
  });

  it("hands the span of a call to its tool, and no span to a tool of a run that is not traced", async () => {
    const telemetry = fakeTracer();
    const model = () => scriptedModel([{ toolCalls: [{ name: "Look", args: {} }] }, "Done."]);
    const traced = await messagesOf("Look", { model: model(), tools: [look], telemetry });
    const { traceparent } = find(telemetry, "tool-call").traceContext;
    expect(traced.find(({ type }) => type === "tool_result")).toMatchObject({ content: traceparent });
    const untraced = await messagesOf("Look", { model: model(), tools: [look] });
    expect(untraced.find(({ type }) => type === "tool_result")).toMatchObject({ content: "untraced" });
  });

  it("shows commands and approvals below their call, and gives commands the headers of their span", async () => {
    const telemetry = fakeTracer();
    const command = "echo $TRACEPARENT";
    const model = scriptedModel([{ toolCalls: [{ name: "Bash", args: { command } }] }, "Done."]);
    const messages = await messagesOf("Say it", { model, tools: ["Bash"], telemetry, onApproval: async () => true });
    expect(treeOf(telemetry)).toContain("approval < tool-call");
    expect(find(telemetry, "approval").facts).toMatchObject([{ decision: "approve" }]);
    const sandbox = find(telemetry, "sandbox");
    expect(sandbox).toMatchObject({ parent: "tool-call", isEnded: true, facts: [{ exitCode: 0, timedOut: false }] });
    const result = messages.find(({ type }) => type === "tool_result");
    expect(result).toMatchObject({ content: expect.stringContaining(sandbox.traceContext.traceparent) });
  });

  it("tells what broke, and ends every span when the reader leaves", async () => {
    const broken = fakeTracer();
    const model = scriptedModel([{ error: new Error("no such luck") }]);
    await messagesOf("Try", { model, tools: [], telemetry: broken });
    expect(find(broken, "model-call").errors).toHaveLength(1);
    expect(find(broken, "run")).toMatchObject({ isEnded: true, facts: [{ stopReason: "error" }] });

    const left = fakeTracer();
    for await (const message of run("Say", {
      ...options,
      model: scriptedModel(["One two"]),
      tools: [],
      telemetry: left,
    })) {
      if (message.type === "text") break;
    }
    expect(left.spans.filter(({ isEnded }) => !isEnded)).toEqual([]);
    expect(find(left, "run").facts).toMatchObject([{ stopReason: "aborted" }]);
  });

  it("names the prompt that a model was given; another wording is another version", async () => {
    const promptOf = async (systemPrompt: RunOptions["systemPrompt"]) => {
      const telemetry = fakeTracer();
      const given = systemPrompt === undefined ? {} : { systemPrompt };
      await messagesOf("Say", { model: scriptedModel(["Yes."]), tools: [look], telemetry, ...given });
      return find(telemetry, "model-call").start.prompt;
    };
    const first = await promptOf({ name: "reviewer", text: "Review." });
    const second = await promptOf({ name: "reviewer", text: "Review well." });
    expect(first).toEqual({ name: "reviewer", version: expect.stringMatching(/^[\da-f]{16}$/) });
    expect(second?.version).not.toBe(first?.version);
    expect(await promptOf({ name: "reviewer", text: "Review.", version: "2.1" })).toEqual({
      name: "reviewer",
      version: "2.1",
    });
    expect(await promptOf("Review.")).toEqual({ name: "custom", version: first?.version });
    expect((await promptOf(undefined))?.name).toBe("default");
  });

  it.each([{ name: "", text: "x" }, { name: "x" }, { name: "x", text: "y", versoin: "1" }])(
    "refuses the prompt %o",
    (systemPrompt) => {
      expect(() => run("Say", { ...options, systemPrompt: systemPrompt as never })).toThrow(TypeError);
    },
  );
});

describe("a tracer of the host that throws", () => {
  const broken = (): never => {
    throw new Error("the collector is gone");
  };
  const model = () => scriptedModel([{ toolCalls: [{ name: "Look", args: {} }] }, "Done."]);
  const play = async (telemetry: RunOptions["telemetry"]): Promise<readonly string[]> => {
    const told: string[] = [];
    const parts = { model: model(), tools: [look], log: (text: string) => void told.push(text) };
    const messages = await messagesOf("Look", { ...parts, ...(telemetry === undefined ? {} : { telemetry }) });
    expect(messages.at(-1)).toMatchObject({ type: "result", stopReason: "end_turn", text: "Done." });
    return told.filter((text) => text.includes("collector"));
  };

  it("at the start of a span or a measurement does not end the run, and is told once", async () => {
    expect(await play({ startSpan: broken, measure: broken })).toHaveLength(1);
  });

  it.each(["note", "recordError", "traceContext", "activate", Symbol.dispose] as const)(
    "in %s of a span does not end the run, and the tool runs once",
    async (name) => {
      const telemetry = fakeTracer();
      const startSpan: FakeTracer["startSpan"] = (...start) => ({ ...telemetry.startSpan(...start), [name]: broken });
      const told = await play({ startSpan, measure: broken });
      expect(told.length).toBeLessThanOrEqual(1);
      expect(telemetry.spans.filter(({ type }) => type === "tool-call")).toHaveLength(1);
    },
  );
});
