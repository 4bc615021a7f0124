import { expect, it } from "vitest";
import { z } from "zod";

import { defineTool, type Check } from "../../src/index.ts";
import { memoryAudit } from "../../src/testing/index.ts";
import { BUILTIN_TOOL_NAMES } from "../../src/tools/index.ts";
import { useStage } from "./stage.ts";

const stage = useStage();

it("promise 1: a denial by one check stops every tool, built-in or own, before anything happens", async () => {
  let ran = 0;
  const own = defineTool({
    name: "Own",
    description: "The host's own",
    input: z.object({}),
    effect: "read",
    execute: () => {
      ran += 1;
      return "ran";
    },
  });
  const names = [...BUILTIN_TOOL_NAMES.filter((name) => name !== "ToolSearch"), "Own"];
  const args: Readonly<
    Record<string, Readonly<Record<string, never>> | Readonly<Record<string, string | readonly never[]>>>
  > = {
    Read: { file_path: "a" },
    Write: { file_path: "a", content: "x" },
    Edit: { file_path: "a", old_string: "x", new_string: "y" },
    Bash: { command: "touch made" },
    Glob: { pattern: "*" },
    Grep: { pattern: "x" },
    WebFetch: { url: "http://127.0.0.1:1/" },
    AskUser: { question: "?" },
    Checkpoint: { action: "list" },
    TodoWrite: { todos: [] },
  };
  const denyAll: Check = { check: () => ({ effect: "deny", basis: "rule", reason: "nothing today" }) };
  const audit = memoryAudit();
  const { results } = await stage.callTools(
    names.map((name) => ({ name, args: args[name] ?? {} })),
    {
      tools: [...BUILTIN_TOOL_NAMES.filter((name) => name !== "ToolSearch"), own],
      policy: denyAll,
      audit,
    },
  );
  expect(results.map(({ name, outcome, decision }) => [name, outcome, decision.layer])).toEqual(
    names.map((name) => [name, "denied", "policy"]),
  );
  expect(ran).toBe(0);
  const types = audit.records.map(({ type }) => type).filter((type) => type.startsWith("tool_"));
  expect(types).toEqual(names.flatMap(() => ["tool_intent", "tool_outcome"]));
});
