import { describe, expect, it } from "vitest";

import { shieldTracer } from "../../src/harness/shield-tracer.ts";
import type { ParentSpan } from "../../src/spec/index.ts";
import { fakeTracer } from "../../src/testing/index.ts";

describe("shieldTracer()", () => {
  const parentsOf = (): { readonly tracer: ReturnType<typeof fakeTracer>; readonly parents: unknown[] } => {
    const inner = fakeTracer();
    const parents: unknown[] = [];
    const startSpan: typeof inner.startSpan = (type, start, parent) => {
      parents.push(parent);
      return inner.startSpan(type, start, parent);
    };
    return { tracer: { ...inner, startSpan }, parents };
  };

  it("gives a tracer the span back that it gave out, so that spans stand below each other", () => {
    const inner = fakeTracer();
    const tracer = shieldTracer(inner, () => {});
    using turn = tracer.startSpan("turn", { turn: 1 });
    tracer.startSpan("sandbox", { mode: "none" }, turn)[Symbol.dispose]();
    expect(inner.spans.map(({ type, parent }) => [type, parent])).toEqual([
      ["turn", undefined],
      ["sandbox", "turn"],
    ]);
  });

  it("leaves parents as they are that are none of its own: of nobody, of a host, of another tracer", () => {
    const { tracer: inner, parents } = parentsOf();
    const tracer = shieldTracer(inner, () => {});
    const host: ParentSpan = { traceContext: () => undefined, activate: (work) => work() };
    using stranger = shieldTracer(fakeTracer(), () => {}).startSpan("turn", { turn: 1 });
    for (const parent of [undefined, host, stranger]) tracer.startSpan("turn", { turn: 2 }, parent);
    expect(parents).toEqual([undefined, host, stranger]);
    expect(parents[2]).toBe(stranger);
  });
});
