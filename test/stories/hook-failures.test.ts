import { expect, it } from "vitest";

import { run } from "../../src/index.ts";
import type { HookEntry } from "../../src/harness/run-options.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { openStage, readStory, weatherTool } from "./stage.ts";

const fail = (): never => {
  throw new Error("the receiver is down");
};

/** Hooks whose failure counts for nothing: those that only observe, and gates that say so. */
const EVENTS = [
  "sessionStart",
  "beforePrompt",
  "beforeModelCall",
  "afterModelCall",
  "afterToolCall",
  "sessionEnd",
] as const;

it.each(EVENTS)("what fails of a hook of %s is told to the log, and changes nothing", async (event) => {
  await using stage = await openStage();
  const log: string[] = [];
  const model = scriptedModel([{ toolCalls: [{ name: "Weather", args: { city: "Oslo" } }] }, "Cold."]);
  const { result } = await readStory(
    run(
      "Go",
      stage.options({
        model,
        tools: [weatherTool().tool],
        audit: false,
        hooks: [{ event, run: fail, onError: "ignore" } as HookEntry],
        log: (message) => log.push(message),
      }),
    ),
  );
  expect(result).toMatchObject({ stopReason: "end_turn", text: "Cold." });
  expect(new Set(log)).toEqual(new Set([`A hook of ${event} failed: the receiver is down`]));
});
