import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ProviderError } from "../../src/errors/index.ts";
import type { Model, ModelFinish, ModelStreamPart } from "../../src/spec/index.ts";
import { helloRequest } from "./openai/stream-server.ts";
import { cut, fetchOf, protocols } from "./streams.ts";

/** What came of an answer. */
interface Played {
  readonly parts: readonly ModelStreamPart[];
  readonly finish: ModelFinish | undefined;
  readonly error: unknown;
}

async function play(model: Model): Promise<Played> {
  const parts: ModelStreamPart[] = [];
  let error: unknown;
  try {
    for await (const part of model.stream(helloRequest, { signal: new AbortController().signal })) parts.push(part);
  } catch (caught) {
    error = caught ?? new Error("nothing was thrown as an error");
  }
  const ends = parts.filter((part) => part.type === "finish");
  expect(ends.length).toBe(error === undefined ? 1 : 0);
  if (error !== undefined && !ProviderError.isInstance(error)) throw error;
  return { parts, finish: ends[0], error };
}

function textOf({ parts }: Played): string {
  return parts.map((part) => (part.type === "text-delta" ? part.text : "")).join("");
}

function callsOf({ parts }: Played) {
  return parts.flatMap((part) => (part.type === "tool-call" ? part.call : []));
}

/** What holds for every answer that was taken for a whole one, whatever the vendor sent. */
function expectSound(played: Played): void {
  const { finish } = played;
  if (finish === undefined) return;
  const { content } = finish.message;
  const calls = content.filter((part) => part.type === "tool-call");
  expect(new Set(callsOf(played))).toEqual(new Set(calls));
  expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
  for (const { id, name, args, invalidArgs } of calls) {
    expect(id).not.toBe("");
    expect(name).not.toBe("");
    // Either an object, or the text that is none: then the call is answered and not executed.
    if (invalidArgs === undefined) expect(Object.prototype.toString.call(args)).toBe("[object Object]");
    else expect(args).toBeUndefined();
  }
  if (finish.reason === "tool_use") expect(calls).not.toEqual([]);
  if (finish.reason === "end_turn") expect(calls).toEqual([]);
  const { usage } = finish;
  if (usage !== undefined) {
    for (const count of Object.values(usage)) expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
    expect(usage.cacheRead + usage.cacheWrite).toBeLessThanOrEqual(usage.input);
    expect(usage.reasoning).toBeLessThanOrEqual(usage.output);
  }
  expect(JSON.parse(JSON.stringify(content))).toEqual(content);
}

const HOSTILE: readonly unknown[] = [null, "", 0, -1, 1.5, 1e308, 4_294_967_294, "x", [], [null], {}, true, "\ud83d"];

/** The paths of everything in a JSON value. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsOf(inner, [...path, key])]);
}

/** The JSON of a value in which one thing is another, or is not there. */
function change(json: string, path: readonly string[], value: unknown): string {
  const root = JSON.parse(json) as Record<string, unknown>;
  let at = root;
  // The path was taken from this value.
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[path.at(-1) ?? ""];
  else at[path.at(-1) ?? ""] = value;
  return JSON.stringify(root);
}

describe.each(protocols)("$name", ({ toModel, payloads, encode, lineEnds }) => {
  const whole = encode(payloads);

  it("reads the answer whatever pieces, line ends and marks it comes with", async () => {
    const expected = await play(toModel(fetchOf([whole])));
    expect(textOf(expected)).toBe("Grüße 😀");
    expect(callsOf(expected).map(({ name, args }) => ({ name, args }))).toEqual([
      { name: "look", args: { path: "ä" } },
      { name: "list", args: {} },
    ]);
    expect(expected.finish?.usage).toMatchObject({ input: 20, output: 7 });
    for (const lineEnd of lineEnds) {
      const bytes = Buffer.concat([Buffer.from("\uFEFF"), encode(payloads, lineEnd)]);
      for (const size of [1, 2, 3, 7, bytes.length]) {
        const played = await play(toModel(fetchOf(cut(bytes, size))));
        expect([textOf(played), callsOf(played), played.finish]).toEqual([
          textOf(expected),
          callsOf(expected),
          expected.finish,
        ]);
      }
    }
  });

  it("never takes an answer that was cut at any byte for a whole one", async () => {
    const expected = await play(toModel(fetchOf([whole])));
    for (const breaks of [false, true]) {
      for (let end = breaks ? 1 : 0; end < whole.length; end += 3) {
        const played = await play(toModel(fetchOf([whole.subarray(0, end)], { breaks })));
        if (played.finish === undefined) expect(played.error).toMatchObject({ isRetryable: true });
        else expect(played.finish.message).toEqual(expected.finish?.message);
      }
    }
  });

  it("survives events that are missing, doubled, swapped, foreign or broken", async () => {
    const foreign = ['{"type":"event.of.next.year"}', "{}", "[]", "null", "7", "{", '{"error":null}', '{"error":{}}'];
    for (const [at, payload] of payloads.entries()) {
      const [before, after] = [payloads.slice(0, at), payloads.slice(at + 1)];
      const next = after.slice(0, 1);
      const streams = [
        [...before, ...after],
        [...before, payload, payload, ...after],
        [payload, ...payloads],
        [...payloads, payload],
        [...before, ...next, payload, ...after.slice(1)],
        ...foreign.map((other) => [...before, other, payload, ...after]),
      ];
      for (const stream of streams) expectSound(await play(toModel(fetchOf([encode(stream)]))));
    }
  });

  it("survives every field with every wrong value", async () => {
    for (const [at, payload] of payloads.entries()) {
      if (!payload.startsWith("{")) continue;
      for (const path of pathsOf(JSON.parse(payload))) {
        for (const value of [undefined, ...HOSTILE]) {
          const stream = payloads.with(at, change(payload, path, value));
          expectSound(await play(toModel(fetchOf([encode(stream)]))));
        }
      }
    }
  });

  it("survives streams of anything", async () => {
    const piece = fc.oneof(
      fc.constantFrom(...payloads),
      fc.json({ maxDepth: 3 }),
      fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => !/[\r\n]/.test(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), fc.nat({ max: 40 }), async (stream, size) => {
        expectSound(await play(toModel(fetchOf(cut(encode(stream), size + 1)))));
      }),
      { numRuns: 150, seed: 20_261_126 },
    );
  });
});

describe.each(protocols.filter(({ name }) => name !== "aiSdk()"))("$name under a status of success", ({ toModel }) => {
  const refusal = { message: "The key is not valid", type: "invalid_request_error", status: "INVALID_ARGUMENT" };

  it("throws the vendor's error that came as plain JSON, which no retry mends", async () => {
    const body = Buffer.from(JSON.stringify({ error: refusal }));
    const { error } = await play(toModel(fetchOf(cut(body, 11), { type: "application/json" })));
    expect(error).toMatchObject({ message: "The key is not valid", isRetryable: false });
  });

  it("throws an error that may pass when it came as plain JSON", async () => {
    const body = Buffer.from(JSON.stringify({ error: { message: "Overloaded", type: "overloaded_error" } }));
    const { error } = await play(toModel(fetchOf([body], { type: "application/json" })));
    expect(error).toMatchObject({ message: "Overloaded", isRetryable: true });
  });

  it("never takes a page for an answer, and shows no key that it quotes", async () => {
    const page = `<html>\n\n<p>Bearer sk-ant-api03-${"a1B2".repeat(10)}</p>\n</html>`;
    const { error } = await play(toModel(fetchOf([Buffer.from(page)], { type: "text/html" })));
    expect(error).toMatchObject({ isRetryable: true });
    expect(String(error)).not.toContain("a1B2a1B2");
  });
});
