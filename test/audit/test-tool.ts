import type { Tool, ToolEffect } from "../../src/spec/index.ts";

/** A tool that is never called: the log only reads what it declares. */
export function defineTestTool(effect: ToolEffect): Tool {
  return {
    name: "Bash",
    description: "",
    input: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
    inputSchema: {},
    effect,
    durability: "atMostOnce",
    cancel: "cooperative",
    execute: () => {
      throw new Error("never called");
    },
  };
}
