import { expect, it } from "vitest";

import { createHarness } from "../../src/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

const OPTIONS = { tools: [], audit: false, config: false } as const;

it("the functions of a run work when they are taken off it", async () => {
  await using harness = await createHarness({ ...OPTIONS, model: scriptedModel(["Hello.", "Hello again."]) });
  const { text, steer, compact, sessionId } = harness.run("Greet me");
  expect(await text()).toBe("Hello.");
  expect(sessionId).toMatch(/^[0-9a-f-]{36}$/);
  expect(await steer("More")).toEqual({ status: "not_delivered", reason: "The run has ended" });
  expect(await compact()).toEqual({ status: "not_compacted", reason: "The run has ended" });
  const { abort, result } = harness.run("Once more");
  abort(new Error("enough"));
  expect(await result).toMatchObject({ stopReason: "aborted" });
});
