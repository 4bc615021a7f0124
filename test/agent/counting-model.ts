import { expect } from "vitest";

import type { Model, ModelMessage, ModelRequest } from "../../src/spec/index.ts";
import { scriptedModel, type ScriptedAnswer } from "../../src/testing/index.ts";

const SUMMARY =
  "## Decisions\n- use plan B\n## Findings\n- the port is 8080\n## State and next steps\n- step two is next";

export function isSummaryRequest({ system = "" }: ModelRequest): boolean {
  return system.includes("You keep the record of an agent's work short");
}

/** A model that counts tokens as a provider would, so that estimates are calibrated on something; it keeps what it was asked. */
export function countingModel(
  answer: (request: ModelRequest, turn: number) => string | ScriptedAnswer | Error,
  { contextWindow, summary = SUMMARY }: { readonly contextWindow?: number; readonly summary?: string | Error } = {},
): Model & { readonly requests: ModelRequest[]; readonly summaries: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  const summaries: ModelRequest[] = [];
  let turn = 0;
  const steps = (function* () {
    for (;;) {
      yield (request: ModelRequest): ScriptedAnswer | Error => {
        const input = Math.ceil(JSON.stringify([request.system, request.messages, request.tools]).length / 4);
        const isSummary = isSummaryRequest(request);
        (isSummary ? summaries : requests).push({ ...request, messages: [...request.messages] });
        const given = isSummary ? summary : answer(request, (turn += 1));
        if (given instanceof Error) return given;
        const parts = typeof given === "string" ? { text: given } : given;
        return { usage: { input, output: 20 }, ...parts };
      };
    }
  })();
  const pricing = { input: 1, output: 2 };
  const model = scriptedModel(steps, { pricing, ...(contextWindow === undefined ? {} : { contextWindow }) });
  return { ...model, requests, summaries };
}

/** What every vendor asks of a history. */
export function expectTakeable(messages: readonly ModelMessage[]): void {
  expect(messages[0]?.role).toBe("user");
  for (const [index, message] of messages.entries()) {
    const before = messages[index - 1];
    const asked =
      before?.role === "assistant"
        ? before.content.flatMap((part) => (part.type === "tool-call" ? [part.id] : []))
        : [];
    if (message.role === "tool") expect(message.content.map(({ toolCallId }) => toolCallId)).toEqual(asked);
    else expect(asked).toEqual([]);
  }
}
