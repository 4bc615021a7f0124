import fc from "fast-check";
import { expect, it } from "vitest";

import { ProviderError } from "../../src/errors/index.ts";
import { Router } from "../../src/router/index.ts";
import type { Model, ModelStreamPart } from "../../src/spec/index.ts";

/** What a member does, step by step: pings, words, a pause, and how it ends. */
const member = fc.record({
  pings: fc.nat(2),
  words: fc.nat(3),
  /** Milliseconds before the first part. */
  delayMs: fc.constantFrom(0, 0, 3, 12),
  ends: fc.constantFrom("finish", "busy", "refused", "cut"),
});
type Member = typeof member extends fc.Arbitrary<infer Value> ? Value : never;

/** Who was called, in this order, and what was announced before. */
interface Log {
  readonly calls: string[];
  readonly announced: string[];
}

function play({ pings, words, delayMs, ends }: Member, id: string, log: Log): Model {
  return {
    provider: `provider-${id}`,
    id,
    async *stream(): AsyncGenerator<ModelStreamPart> {
      const name = `provider-${id}/${id}`;
      // Whoever pays has read of this call.
      expect(log.announced.filter((each) => each === name)).toHaveLength(
        log.calls.filter((each) => each === name).length + 1,
      );
      log.calls.push(name);
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      for (let ping = 0; ping < pings; ping += 1) yield { type: "ping" };
      for (let word = 0; word < words; word += 1) yield { type: "text-delta", text: `${id}${word} ` };
      if (ends === "cut") return;
      if (ends !== "finish") {
        throw new ProviderError(`${ends} ${id}`, {
          provider: id,
          status: ends === "busy" ? 529 : 400,
          isRetryable: ends === "busy",
        });
      }
      const message = { role: "assistant", content: [], model: { provider: `provider-${id}`, id } } as const;
      yield { type: "finish", reason: "end_turn", usage: undefined, message };
    },
  };
}

it("Router gives the whole answer of one member or one error, whatever its members do, and calls nobody unannounced", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(member, { minLength: 1, maxLength: 4 }), fc.boolean(), async (members, isHedged) => {
      const log: Log = { calls: [], announced: [] };
      const models = members.map((each, index) => play(each, String.fromCharCode(97 + index), log));
      const router = new Router({ models, breaker: false, ...(isHedged ? { hedge: { afterMs: 5 } } : {}) });
      const parts: ModelStreamPart[] = [];
      let failure: unknown;
      try {
        for await (const part of router.stream(
          { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }], tools: [] },
          { signal: new AbortController().signal },
        )) {
          parts.push(part);
          if (part.type === "model-select" || part.type === "model-hedge")
            log.announced.push(`${part.provider}/${part.id}`);
          if (part.type === "model-fallback") log.announced.push(part.to);
        }
      } catch (error) {
        failure = error;
      }
      checkWhole(parts, failure, { members, log });
    }),
    { numRuns: 300 },
  );
});

function checkWhole(
  parts: readonly ModelStreamPart[],
  failure: unknown,
  { members, log }: { readonly members: readonly Member[]; readonly log: Log },
): void {
  const texts = parts.flatMap((part) => (part.type === "text-delta" ? [part.text] : []));
  const first = parts.findIndex(({ type }) => type === "text-delta" || type === "finish");
  const routing = parts.findLastIndex(({ type }) => type.startsWith("model-"));
  // Nothing moves once the reader has seen something.
  if (first >= 0) expect(routing).toBeLessThan(first);
  // One member speaks, from its first word on without a gap.
  const speaker = texts[0]?.[0];
  expect(texts).toEqual(texts.map((_text, index) => `${speaker}${index} `));
  expect(new Set(log.calls).size).toBe(log.calls.length);
  const isFinished = parts.at(-1)?.type === "finish";
  expect(failure === undefined).toBe(isFinished);
  if (speaker !== undefined) {
    const { words, ends } = members[speaker.charCodeAt(0) - 97] ?? {};
    expect(texts).toHaveLength(words ?? -1);
    expect(isFinished).toBe(ends === "finish");
  }
  // A refused request is nobody else's to answer; all other failures move on while somebody is left.
  const isBad = failure instanceof Error && failure.message.startsWith("refused");
  if (failure !== undefined && speaker === undefined && !isBad) expect(log.calls).toHaveLength(members.length);
}
