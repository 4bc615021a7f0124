import { readFile } from "node:fs/promises";

import { terminalApprover } from "../approval/index.ts";
import { describeError, HarnessError } from "../errors/index.ts";
import { checkNode } from "../harness/check-node.ts";
import { createHarness, run, type Run, type RunOptions } from "../index.ts";
import type { CliContext, RunStop } from "./cli-context.ts";
import { COMMANDS } from "./commands.ts";
import { exitCodeOf, isUsageCode } from "./exit-code.ts";
import { HELP } from "./help.ts";
import { openTelemetry } from "./open-telemetry.ts";
import { parseCommandLine, type CommandLine } from "./parse-command-line.ts";
import { createPrinter } from "./print-message.ts";
import { readTask } from "./read-task.ts";
import { UsageError } from "./usage-error.ts";

/** Runs the program and gives its exit code. A thin program on the public API. */
export async function runCli(context: CliContext): Promise<number> {
  try {
    const [first = "", ...others] = context.argv;
    // As other programs have it: "harness help audit".
    const [name = "", ...args] = first === "help" ? [...others, "--help"] : [first, ...others];
    const command = COMMANDS.get(name);
    if (command !== undefined && asksForHelp(args)) {
      const { COMMAND_HELP } = await import("./command-help.ts");
      context.out(COMMAND_HELP.get(name) ?? HELP);
      return 0;
    }
    if (command !== undefined) {
      checkNode((warning) => context.err(`# ${warning}\n`));
      return await (
        await command.load()
      )(args, context);
    }
    const line = parseCommandLine(first === "help" ? ["--help"] : context.argv);
    if (line.help) {
      context.out(HELP + describeCommands());
      return 0;
    }
    if (line.version) {
      context.out(`${await readVersion()}\n`);
      return 0;
    }
    // A session can be gone on with without a task: nobody waits for a pipe that may never end.
    const given = line.task ?? (line.session === undefined ? undefined : "");
    const task = await readTask({ task: given, input: context.stdin });
    if (task === "" && line.session === undefined) {
      throw new UsageError('No task: harness "what to do", or pipe it in. See harness --help');
    }
    return await runTask(task, line, context);
  } catch (error) {
    context.err(`harness: ${describeError(error)}\n`);
    return isUsage(error) ? 2 : 1;
  }
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? undefined : end).some((arg) => arg === "--help" || arg === "-h");
}

/** Whether an error says that the program was called, or is configured, in a way that cannot be meant. */
function isUsage(error: unknown): boolean {
  if (error instanceof UsageError || error instanceof TypeError || error instanceof RangeError) return true;
  return HarnessError.isInstance(error) && isUsageCode(error.code);
}

async function runTask(task: string, line: CommandLine, context: CliContext): Promise<number> {
  const printer = createPrinter({ out: context.out, err: context.err, json: line.json });
  const telemetry = await openTelemetry(process.env, (message) => context.err(`# ${message}\n`));
  try {
    const { tracer } = telemetry;
    const options = { ...toOptions(line, context), ...(tracer === undefined ? {} : { telemetry: tracer }) };
    const show = async (current: Run, putAside: RunStop["putAside"]): Promise<number> => {
      context.onRun?.(current, { putAside });
      for await (const message of current) printer.print(message);
      return exitCodeOf(await current.result);
    };
    const { session } = line;
    if (session === undefined) {
      const current = run(task, options);
      return await show(current, (reason) => current.abort(new DOMException(reason, "AbortError")));
    }
    await using harness = await createHarness(options);
    const current = task === "" ? harness.resume(session) : harness.run(task);
    return await show(current, () => void harness[Symbol.asyncDispose]());
  } finally {
    await telemetry.close();
  }
}

function toOptions(line: CommandLine, { isInteractive, err }: CliContext): RunOptions {
  const { provider, model, baseUrl, session, permission, trustLevel, sandbox } = line;
  const { maxTurns, maxCost, cwd, config, trustProject } = line;
  const given = {
    provider,
    model,
    baseUrl,
    session,
    permissionMode: permission,
    trustLevel,
    sandbox,
    maxTurns,
    budget: maxCost === undefined ? undefined : { maxCost },
    cwd,
    config,
    trustProject: trustProject ? true : isInteractive ? "ask" : undefined,
    onApproval: line.pause ? "pause" : isInteractive ? terminalApprover() : undefined,
    migrate: line.migrate ? true : undefined,
    retryStuck: line.retryStuck ? true : undefined,
    log: line.json ? undefined : (message: string) => err(`# ${message}\n`),
  };
  // Values from the command line are checked by `run` itself, which knows the valid ones.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as RunOptions;
}

function describeCommands(): string {
  const lines = [...COMMANDS].map(([name, { summary }]) => `  harness ${name.padEnd(14)}  ${summary}\n`);
  return `\nCommands (a task of one such word: harness -- WORD)\n${lines.join("")}`;
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const parsed: unknown = JSON.parse(text);
  const version = typeof parsed === "object" && parsed !== null && "version" in parsed ? parsed.version : undefined;
  return `harness-agent ${String(version)}`;
}
