import { describe, expect, it } from "vitest";

import { BudgetTracker } from "../../src/budget/index.ts";
import { ProviderError } from "../../src/errors/index.ts";
import { run } from "../../src/index.ts";
import type { Model, ModelMessage, ModelRequest } from "../../src/spec/index.ts";
import { scriptedModel, type ScriptedStep } from "../../src/testing/index.ts";
import { useStage } from "./stage.ts";

/** A dollar for a thousand tokens: so that every call counts. */
const pricing = { input: 1000, output: 1000, cacheWrite: 1250 };

function* forever(step: ScriptedStep): Generator<ScriptedStep> {
  for (;;) yield step;
}

/** As providers count: words, and a little for each message. */
function countTokens({ messages }: ModelRequest): number {
  const size = (part: ModelMessage["content"][number]): number => {
    if (part.type === "text") return part.text.length;
    if (part.type === "tool-call") return part.name.length + JSON.stringify(part.args).length;
    return part.type === "tool-result" ? JSON.stringify(part.content).length : 0;
  };
  const all = messages.flatMap(({ content }) => content.map(size));
  return Math.ceil(all.reduce((sum, each) => sum + each, 0) / 4) + 4 * messages.length;
}

/** A provider that bills the whole prompt, written to its cache, and the longest answer of each request, answered or not. */
function billing(model: Model): { readonly model: Model; readonly billed: () => number } {
  let usd = 0;
  return {
    billed: () => usd,
    model: {
      ...model,
      async *stream(request, options) {
        const input = countTokens(request);
        const output = request.maxOutputTokens ?? 0;
        usd += (input * pricing.cacheWrite + output * pricing.output) / 1_000_000;
        const usage = { input, output, cacheRead: 0, cacheWrite: input, reasoning: 0 };
        for await (const part of model.stream(request, options))
          yield part.type === "finish" ? { ...part, usage } : part;
      },
    },
  };
}

const stage = useStage();

describe("promise 13: nothing is called that the budget cannot pay", () => {
  const busy = new ProviderError("cut", { provider: "scripted", isRetryable: true });

  it.each([
    ["answers", { text: "x" }],
    ["tries that fail and may be billed", busy],
    ["tool calls without end", { toolCalls: [{ name: "Glob", args: { pattern: "*" } }] }],
  ] as const)("with %s", async (_what, step) => {
    const { model, billed } = billing(scriptedModel(forever(step), { pricing }));
    const budget = new BudgetTracker({ maxCost: 2 });
    const options = stage.options({ model, budget, tools: ["Glob"], maxOutputTokens: 200, audit: false });
    let last = "";
    for (let index = 0; index < 20; index += 1) {
      last = (await run("Go", { ...options, retry: { maxRetries: 3, baseDelayMs: 1 } }).result).stopReason;
    }
    expect(last).toBe("budget_exhausted");
    expect(billed()).toBeGreaterThan(0);
    expect(billed()).toBeLessThanOrEqual(2);
  });

  it("whichever models a router moves on to", async () => {
    const members = ["a", "b", "c"].map((id) => billing(scriptedModel(forever(busy), { id, pricing })));
    const models = members.map(({ model }) => model);
    const budget = new BudgetTracker({ maxCost: 2 });
    for (let index = 0; index < 10; index += 1) {
      const router = { models, breaker: false, hedge: { afterMs: 0 } } as const;
      await run(
        "Go",
        stage.options({ router, budget, tools: [], maxOutputTokens: 200, audit: false, retry: { baseDelayMs: 1 } }),
      ).result;
    }
    const billed = members.reduce((sum, member) => sum + member.billed(), 0);
    expect(billed).toBeGreaterThan(0);
    expect(billed).toBeLessThanOrEqual(2);
  });
});
