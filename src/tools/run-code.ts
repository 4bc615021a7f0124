import type { RunCodeResult, Tool, ToolOutput } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";
import { toolError } from "./tool-error.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 100_000;

const DESCRIPTION = `Runs JavaScript by itself, for calculations and for working on text or data that you put into the code.
- It has the language and console, nothing else: no files, no network, no modules, no timers.
- The result is what console printed and the value of the last expression; a promise is awaited.
- Every call starts anew. Default time limit 10000 ms, at most 60000.`;

/** Makes the tool that runs JavaScript without any effect: it can only calculate. Needs the packages of the sandbox's QuickJS. */
export function createRunCodeTool(): Tool<BuiltinInput<"RunCode">> {
  return defineTool({
    name: "RunCode",
    description: DESCRIPTION,
    input: lazyInput("RunCode"),
    inputSchema: INPUT_SCHEMAS.RunCode,
    // It changes nothing anywhere and learns nothing that was not in the call.
    effect: "read",
    durability: "readOnly",
    timeoutMs: MAX_TIMEOUT_MS + 30_000,
    maxOutputBytes: 3 * MAX_OUTPUT_BYTES,
    async execute({ code, timeout = DEFAULT_TIMEOUT_MS }, { sandbox, signal }) {
      if (sandbox.runCode === undefined) return toolError("The sandbox of this session runs no code");
      const timeoutMs = Math.min(Math.ceil(timeout), MAX_TIMEOUT_MS);
      const result = await sandbox.runCode(code, { timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES, signal });
      return describeResult(result, timeoutMs);
    },
  });
}

function describeResult({ value, output, error, timedOut, truncated }: RunCodeResult, timeoutMs: number): ToolOutput {
  const parts = [
    output.trimEnd(),
    ...(value === undefined ? [] : [`→ ${value}`]),
    ...(error === undefined ? [] : [error]),
    ...(truncated ? ["[the output was cut]"] : []),
    ...(timedOut ? [`[stopped at the time limit of ${timeoutMs} ms]`] : []),
  ].filter((part) => part !== "");
  const content = parts.length === 0 ? "(no output and no value)" : parts.join("\n");
  return { content, isError: timedOut || error !== undefined };
}
