import type { HookEventName, HookEvents, HookVerdict } from "../spec/index.ts";
import type { HookContext, HookFunction } from "./call-hook.ts";
import { readCommandAnswer } from "./read-command-answer.ts";

/** How a command is run as a hook. */
export interface CommandHookOptions {
  /**
   * Program and arguments, run without a shell. A text is run by `sh -c` exactly as it stands: nothing of a call is ever
   * put into it; what the hook needs comes on standard input and in `HARNESS_…` variables.
   */
  readonly command: readonly string[] | string;
  /** Absolute path. @default the run's working directory */
  readonly cwd?: string;
  /** Added to PATH, HOME, LANG, TMPDIR and the `HARNESS_…` variables; nothing else of this process is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where PATH and HOME come from. @default process.env */
  readonly hostEnv?: Readonly<Record<string, string | undefined>>;
}

/** Tools of earlier systems put values of a call into the command's text: that ran whatever the values said. */
const PLACEHOLDER = /\{(?:tool_name|session_id|cwd|event|file_path|command|pattern|result)\}/;
const PASSED_ON = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT"];

/**
 * Makes a hook of an external command. It gets the event as JSON on standard input (`{ version, event, … }`) and answers
 * with exit code 0 and nothing (proceed) or a verdict as JSON on standard output, or with exit code 2 (deny, standard
 * error says why). Any other end is a failure, which denies where the hook may deny. At the time limit, and when the run
 * ends, its whole process tree is killed.
 *
 * @example
 * hooks.on("beforeToolCall", commandHook("beforeToolCall", { command: ["python3", "check.py"] }), { matcher: "Bash" });
 */
export function commandHook<Name extends HookEventName = HookEventName>(
  event: Name,
  options: CommandHookOptions,
): HookFunction<Name> {
  const argv = readCommand(options.command);
  return async (payload, context) => await runCommandHook({ event, argv, payload, options }, context);
}

interface CommandHookRun<Name extends HookEventName> {
  readonly event: Name;
  readonly argv: readonly string[];
  readonly payload: HookEvents[Name];
  readonly options: CommandHookOptions;
}

async function runCommandHook<Name extends HookEventName>(
  { event, argv, payload, options }: CommandHookRun<Name>,
  { signal }: HookContext,
): Promise<HookVerdict | undefined> {
  // Hooks in process never load what starts processes.
  const { runCommand } = await import("./run-command.ts");
  const { cwd = payload.cwd, env = {}, hostEnv = process.env } = options;
  const end = await runCommand(argv, {
    cwd,
    env: { ...inherited(hostEnv), ...describeInEnvironment(event, payload), ...env },
    stdin: JSON.stringify({ version: 1, event, ...payload }),
    signal,
  });
  return readCommandAnswer(end);
}

function readCommand(command: readonly string[] | string): readonly string[] {
  const argv: readonly unknown[] = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  if (
    argv.length === 0 ||
    argv.some((word) => typeof word !== "string" || word.includes("\0")) ||
    argv[0] === "" ||
    command === ""
  ) {
    throw new TypeError("A hook's command is a text, or a list of program and arguments, that is not empty");
  }
  const found = PLACEHOLDER.exec(argv.join(" "));
  if (found !== null) {
    throw new TypeError(
      `A hook's command holds the placeholder ${found[0]}, which is not filled in: read the call as JSON from standard input, or $HARNESS_TOOL_NAME and the like`,
    );
  }
  // Every word was checked above.
  return argv as readonly string[];
}

function inherited(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function describeInEnvironment(event: string, payload: HookEvents[HookEventName]): Record<string, string> {
  const { sessionId, agent, cwd } = payload;
  const name = "name" in payload ? payload.name : undefined;
  return {
    HARNESS_EVENT: event,
    HARNESS_SESSION_ID: sessionId,
    HARNESS_AGENT: agent,
    HARNESS_CWD: cwd,
    ...(typeof name === "string" ? { HARNESS_TOOL_NAME: name } : {}),
  };
}
