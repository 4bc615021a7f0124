import type { Tool } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";
import { toolError } from "./tool-error.ts";
import type { ToolSession } from "./tool-session.ts";

/** People go to lunch: an answer may take a day. */
const TIMEOUT_MS = 24 * 60 * 60 * 1000;

const DESCRIPTION = `Asks the person a question and waits for the answer. Ask only what you can't find out yourself and can't go on without; give options where there are some.`;

/** Makes the tool that asks the person. */
export function createAskUserTool({ ask }: ToolSession): Tool<BuiltinInput<"AskUser">> {
  return defineTool({
    name: "AskUser",
    description: DESCRIPTION,
    input: lazyInput("AskUser"),
    inputSchema: INPUT_SCHEMAS.AskUser,
    effect: "read",
    durability: "readOnly",
    timeoutMs: TIMEOUT_MS,
    async execute({ question, options }, { signal }) {
      if (ask === undefined) {
        return toolError("Nobody is there to answer: go on with your best judgement and say what you assumed");
      }
      const answer = await ask(options === undefined ? { question } : { question, options }, { signal });
      return answer.trim() === "" ? "(the person gave no answer)" : answer;
    },
  });
}
