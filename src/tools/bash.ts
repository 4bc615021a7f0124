import type { ExecResult, Tool, ToolContext, ToolOutput } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";
import { openOutputWindow, type OutputWindow } from "./output-window.ts";
import { toolError } from "./tool-error.ts";

const DEFAULT_TIMEOUT_MS = 120_000;
const MAX_TIMEOUT_MS = 600_000;
const MAX_OUTPUT_LENGTH = 30_000;
/** What a reader is shown while the command runs. */
const MAX_SHOWN_LENGTH = 200_000;

const DESCRIPTION = `Runs a shell command in the working directory and returns its output (stdout and stderr).
- Every call is a new shell: directories and variables don't carry over; chain with &&.
- Default time limit 120000 ms, at most 600000; then the command and all its children are stopped and you get what it printed so far.
- Of more than 30000 characters you see the beginning and the end. Nothing can be typed in.
- Prefer Read, Edit, Glob and Grep for files.`;

/** Makes the tool that runs shell commands in the sandbox. */
export function createBashTool(): Tool<BuiltinInput<"Bash">> {
  return defineTool({
    name: "Bash",
    description: DESCRIPTION,
    input: lazyInput("Bash"),
    inputSchema: INPUT_SCHEMAS.Bash,
    effect: "execute",
    // The command's own limit comes first; this one is for a sandbox that hangs.
    timeoutMs: MAX_TIMEOUT_MS + 30_000,
    maxOutputBytes: 4 * MAX_OUTPUT_LENGTH + 1000,
    // The sandbox kills the process tree on abort; then what was printed so far is given back.
    cancel: "cooperative",
    async execute({ command, timeout = DEFAULT_TIMEOUT_MS }, context) {
      if (command.trim() === "") return toolError("The command is empty");
      const window = openOutputWindow(MAX_OUTPUT_LENGTH);
      const timeoutMs = Math.min(Math.ceil(timeout), MAX_TIMEOUT_MS);
      try {
        const result = await runCommand(command, { timeoutMs, window }, context);
        return describeResult(result, { timeoutMs, window });
      } catch (error) {
        if (!context.signal.aborted || window.length === 0) throw error;
        return toolError(`${window.text().trimEnd()}\n[stopped]`);
      }
    },
  });
}

interface CommandRun {
  readonly timeoutMs: number;
  readonly window: OutputWindow;
}

async function runCommand(
  command: string,
  { timeoutMs, window }: CommandRun,
  context: ToolContext,
): Promise<ExecResult> {
  let shown = 0;
  const result = await context.sandbox.exec(command, {
    cwd: context.cwd,
    timeoutMs,
    signal: context.signal,
    onOutput(text) {
      window.push(text);
      if (shown < MAX_SHOWN_LENGTH) context.emit(text.slice(0, MAX_SHOWN_LENGTH - shown));
      shown += text.length;
    },
  });
  // A sandbox that does not stream gives everything at the end.
  if (window.length === 0) window.push(result.output);
  return result;
}

function describeResult(result: ExecResult, { timeoutMs, window }: CommandRun): ToolOutput {
  const notes = [
    ...(result.truncated && window.length <= MAX_OUTPUT_LENGTH ? ["[the sandbox cut the output]"] : []),
    ...(result.timedOut ? [`[stopped at the time limit of ${timeoutMs} ms]`] : []),
    ...(result.oomKilled ? ["[stopped: out of memory]"] : []),
    ...(result.diskFull === true ? ["[stopped: its disk space is used up]"] : []),
    ...(result.signal === undefined || result.timedOut ? [] : [`[ended by ${result.signal}]`]),
    ...(result.exitCode === undefined || result.exitCode === 0 || result.timedOut
      ? []
      : [`[exit code ${result.exitCode}]`]),
  ];
  const output = window.text().trimEnd();
  const content = [output === "" ? "(no output)" : output, ...notes].join("\n");
  const isError = result.timedOut || result.oomKilled || result.diskFull === true || result.exitCode !== 0;
  const display = { exitCode: result.exitCode ?? null, signal: result.signal ?? null, timedOut: result.timedOut };
  return { content, isError, display };
}
