import { describe, expect, it } from "vitest";

import { createStallWatch, type StallSignal } from "../../src/agent/stall.ts";
import type { Tool, ToolCallPart, ToolCallResult } from "../../src/spec/index.ts";

/** A turn with one call, written as `tool argument result`; a result that begins with "!" is an error. */
function turn(text: string, tool?: Partial<Tool>) {
  const [name = "", argument = "", content = ""] = text.split(" ");
  const call: ToolCallPart = { type: "tool-call", id: "c", name, args: { argument } };
  const result = { content, isError: content.startsWith("!") } as ToolCallResult;
  return { calls: [call], results: [result], toolOf: () => tool as Tool | undefined };
}

function signalsOf(turns: readonly string[], options = { repeats: 3, noProgressTurns: 100 }, tool?: Partial<Tool>) {
  const watch = createStallWatch(options);
  return turns.map((text, index) => {
    const signal = watch.note(turn(text, tool), (index + 1) / 100);
    return signal && `${signal.kind} ${signal.level} ${signal.repeats}`;
  });
}

describe("createStallWatch()", () => {
  it("tells the model once, then ends, when the same is repeated", () => {
    expect(signalsOf(["A x 1", "A x 1", "A x 1"])).toEqual([undefined, "repeat nudge 2", "repeat end 3"]);
  });

  it.each([
    ["other arguments", ["A x 1", "A y 1", "A z 1", "A w 1"]],
    ["other results", ["A x 1", "A x 2", "A x 3", "A x 4"]],
    ["other tools", ["A x 1", "B x 1", "C x 1"]],
    ["a pause between", ["A x 1", "B x 1", "A x 1", "C y 2"]],
  ])("says nothing about %s", (_what, turns) => {
    expect(signalsOf(turns).filter(Boolean)).toEqual([]);
  });

  it.each([2, 3, 4])("finds a cycle of %i turns", (length) => {
    const cycle = Array.from({ length }, (_each, index) => `T${index} x 1`);
    const signals = signalsOf([...cycle, ...cycle, ...cycle]);
    expect(signals[length * 2 - 1]).toBe("oscillation nudge 2");
    expect(signals[length * 3 - 1]).toBe("oscillation end 3");
    expect(signals.filter(Boolean)).toHaveLength(2);
  });

  it("counts the parts of one turn together", () => {
    const watch = createStallWatch({ repeats: 2, noProgressTurns: 100 });
    const both = { ...turn("A x 1"), calls: [...turn("A x 1").calls, ...turn("B y 2").calls] };
    const results = [...turn("A x 1").results, ...turn("B y 2").results];
    expect(watch.note({ ...both, results }, 0)).toBeUndefined();
    expect(watch.note(turn("A x 1"), 0)).toBeUndefined();
    expect(watch.note({ ...both, results }, 0)).toBeUndefined();
    expect(watch.note({ ...both, results }, 0)?.level).toBe("end");
  });

  it("asks the tool what makes two calls the same, and takes the arguments when it fails to say", () => {
    const byFile = { identify: () => "the file" };
    expect(signalsOf(["A x 1", "A y 1", "A z 1"], undefined, byFile).at(-1)).toBe("repeat end 3");
    const broken = {
      identify: () => {
        throw new Error("no");
      },
    };
    expect(signalsOf(["A x 1", "A y 1", "A z 1"], undefined, broken).filter(Boolean)).toEqual([]);
  });

  it("finds turns that bring nothing new: only failures, and what was read before", () => {
    const options = { repeats: 50, noProgressTurns: 4 };
    const failures = ["A a 1", "B b !e1", "C c !e2", "D d !e3", "E e !e4"];
    expect(signalsOf(failures, options)).toEqual([
      undefined,
      undefined,
      undefined,
      "no_progress nudge 3",
      "no_progress end 4",
    ]);
    const reread = ["A a 1", "A b 1", "A c 1", "A b 1", "A a 1", "A c 1", "A b 1"];
    expect(signalsOf(reread, options).at(-1)).toBe("no_progress end 4");
    const working = ["A a 1", "B b !e1", "C c !e2", "A d 2", "B b !e3", "C c !e4", "A e 3"];
    expect(signalsOf(working, options).filter(Boolean)).toEqual([]);
  });

  it("tells what the repetitions cost, and nothing where a price is not known", () => {
    const watch = createStallWatch({ repeats: 3, noProgressTurns: 100 });
    const costs: (StallSignal | undefined)[] = [0.1, 0.3, 0.6].map((cost) => watch.note(turn("A x 1"), cost));
    expect(costs[2]?.wasted).toBeCloseTo(0.5, 9);
    const unknown = createStallWatch({ repeats: 2, noProgressTurns: 100 });
    unknown.note(turn("A x 1"), undefined);
    expect(unknown.note(turn("A x 1"), undefined)).toMatchObject({ level: "end", wasted: undefined });
  });

  it("begins anew after reset()", () => {
    const watch = createStallWatch({ repeats: 2, noProgressTurns: 100 });
    watch.note(turn("A x 1"), 0);
    watch.reset();
    expect(watch.note(turn("A x 1"), 0)).toBeUndefined();
    expect(watch.note(turn("A x 1"), 0)?.level).toBe("end");
  });
});
