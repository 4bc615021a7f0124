import { describe, expect, it } from "vitest";

import type { ToolContext } from "../../src/spec/index.ts";
import { fakeTracer } from "../../src/testing/index.ts";
import { CALL, finish, makeRun, makeTool } from "./call-run.ts";

/** What the tool of one call got, while it was at work. */
async function contextsOf(tracer: ReturnType<typeof fakeTracer> | undefined, count = 1) {
  const seen: { readonly context: ToolContext; readonly copy: ToolContext }[] = [];
  const execute = async (_input: unknown, context: ToolContext): Promise<string> => {
    seen.push({ context, copy: { ...context } });
    return "done";
  };
  const run = makeRun({ tracer }, [makeTool({ execute })]);
  for (let index = 0; index < count; index += 1) await finish(run, { ...CALL, id: `call_${index}` });
  return seen;
}

describe("CallContext", () => {
  it.each([
    ["traced", fakeTracer()],
    ["not traced", undefined],
  ])("copied by its tool has all that it had, also what is made on demand, where it is %s", async (_name, tracer) => {
    const [seen] = await contextsOf(tracer);
    const { context, copy } = seen ?? {};
    expect(copy?.signal).toBe(context?.signal);
    expect(copy?.signal).toBeInstanceOf(AbortSignal);
    expect(copy?.idempotencyKey).toBe(context?.idempotencyKey);
    expect(copy?.idempotencyKey).not.toBe("");
    expect("span" in (copy ?? {})).toBe(tracer !== undefined);
  });

  it("tells one call from another, with accessors that all of them share", async () => {
    const [first, second] = (await contextsOf(undefined, 2)).map(({ context }) => context);
    expect(second?.idempotencyKey).not.toBe(first?.idempotencyKey);
    expect(second?.signal).not.toBe(first?.signal);
    // One of its own would keep its run alive: V8 puts accessors among what is old.
    for (const name of ["signal", "idempotencyKey"]) {
      const [one, other] = [first, second].map((context) => Object.getOwnPropertyDescriptor(context ?? {}, name)?.get);
      expect(one).toBeTypeOf("function");
      expect(one).toBe(other);
    }
  });
});
