import { describe, expect, it } from "vitest";

import type { EditKeeper, Tool, ToolContext } from "../../src/spec/index.ts";
import { fakeFiles } from "../../src/testing/index.ts";
import { CALL, finish, makeRun, makeTool } from "./call-run.ts";

/** A keeper that says what it did, in order. */
function tellingKeeper(parts: { readonly whileOpening?: () => void; readonly failure?: Error } = {}) {
  const steps: string[] = [];
  const edits: EditKeeper = {
    async open() {
      parts.whileOpening?.();
      await Promise.resolve();
      steps.push("kept");
      return {
        files: fakeFiles(),
        async [Symbol.asyncDispose]() {
          await new Promise((resolve) => setTimeout(resolve, 5));
          if (parts.failure !== undefined) throw parts.failure;
          steps.push("on record");
        },
      };
    },
  };
  return { edits, steps };
}

/** A tool that takes no notice of the abort that it brings about. */
function deafTool(cancel: Tool["cancel"], begun: (context: ToolContext) => void): Tool {
  return makeTool({
    effect: "write",
    cancel,
    execute(_input, context) {
      begun(context);
      return new Promise(() => {});
    },
  });
}

describe("A call whose edits are kept", () => {
  it.each(["immediate", "cooperative", "never"] as const)(
    "does not begin when it is stopped while they are being kept (cancel: %s)",
    async (cancel) => {
      const controller = new AbortController();
      const { edits, steps } = tellingKeeper({ whileOpening: () => controller.abort(new Error("enough")) });
      const tool = deafTool(cancel, () => steps.push("begun"));
      const { result } = await finish(makeRun({ edits }, [tool]), CALL, controller.signal);
      expect(result).toMatchObject({ outcome: "cancelled", isError: true });
      expect(steps).toEqual(["kept", "on record"]);
    },
  );

  it.each(["immediate", "cooperative"] as const)(
    "ends when what it left is on record, also where the tool goes on (cancel: %s)",
    async (cancel) => {
      const controller = new AbortController();
      const { edits, steps } = tellingKeeper();
      const tool = deafTool(cancel, () => queueMicrotask(() => controller.abort(new Error("enough"))));
      const run = makeRun({ edits }, [tool]);
      const { result } = await finish({ ...run, limits: { ...run.limits, graceMs: 10 } }, CALL, controller.signal);
      expect(result.isError).toBe(true);
      expect(steps).toEqual(["kept", "on record"]);
    },
  );

  it("ends at its time limit when what it left is on record", async () => {
    const { edits, steps } = tellingKeeper();
    const run = makeRun({ edits }, [deafTool("immediate", () => {})]);
    const { result } = await finish({ ...run, limits: { ...run.limits, toolMs: 10 } });
    expect(result).toMatchObject({ outcome: "failed", content: "Echo was stopped at its time limit" });
    expect(steps).toEqual(["kept", "on record"]);
  });

  it("fails when what it left cannot be put on record", async () => {
    const { edits } = tellingKeeper({ failure: new Error("The disk is full") });
    const tool = makeTool({ effect: "write" });
    const { result } = await finish(makeRun({ edits }, [tool]));
    expect(result).toMatchObject({ outcome: "failed", content: expect.stringContaining("The disk is full") });
  });
});
