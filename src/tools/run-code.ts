import { findPeer } from "../errors/index.ts";
import type { JsonSchema, RunCodeResult, Tool, ToolOutputObject } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";
import { toolError } from "./tool-error.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 100_000;

const CLOSING = `- The result is what was printed and the value of the last expression; what can be awaited is awaited.
- Every call starts anew. Default time limit 10000 ms, at most 60000.`;

const JAVASCRIPT = `Runs JavaScript (ES2023) by itself, for calculations and for working on text or data that you put into the code.
- It has the language and console, nothing else: no files, no network, no modules, no timers.
${CLOSING}`;

const BOTH = `Runs JavaScript (ES2023) or Python (3.14) by itself, for calculations and for working on text or data that you put into the code.
- JavaScript has the language and console, nothing else: no files, no network, no modules, no timers.
- Python has its standard library and no other packages: no files of this machine, no network, no programs.
${CLOSING}`;

/**
 * Makes the tool that runs JavaScript without any effect: it can only calculate. Needs the packages of the sandbox's
 * QuickJS. Models are told of Python where the package `pyodide` is installed.
 */
export function createRunCodeTool(): Tool<BuiltinInput<"RunCode">> {
  const hasPython = findPeer("pyodide") !== undefined;
  return defineTool({
    name: "RunCode",
    description: hasPython ? BOTH : JAVASCRIPT,
    // A call for Python is valid in any case: its error tells how to install it.
    input: lazyInput("RunCode"),
    inputSchema: hasPython ? INPUT_SCHEMAS.RunCode : withoutLanguage(INPUT_SCHEMAS.RunCode),
    // It changes nothing anywhere and learns nothing that was not in the call.
    effect: "read",
    durability: "readOnly",
    // An interpreter's first start on a busy machine comes on top.
    timeoutMs: MAX_TIMEOUT_MS + 60_000,
    maxOutputBytes: 3 * MAX_OUTPUT_BYTES,
    async execute({ code, language, timeout = DEFAULT_TIMEOUT_MS }, { sandbox, signal }) {
      if (sandbox.runCode === undefined) return toolError("The sandbox of this session runs no code");
      const timeoutMs = Math.min(Math.ceil(timeout), MAX_TIMEOUT_MS);
      const options = { timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES, signal };
      const result = await sandbox.runCode(code, language === undefined ? options : { ...options, language });
      // The result tells of the session's sandbox; what held this code is another one.
      return { ...describeResult(result, timeoutMs), display: { isolation: { ...result.isolation } } };
    },
  });
}

function withoutLanguage(schema: JsonSchema): JsonSchema {
  const properties = Object.entries(schema["properties"] ?? {}).filter(([name]) => name !== "language");
  return { ...schema, properties: Object.fromEntries(properties) };
}

function describeResult(
  { value, output, error, timedOut, truncated }: RunCodeResult,
  timeoutMs: number,
): ToolOutputObject {
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
