import { randomUUID } from "node:crypto";

import type { CommandHandle, Sandbox as E2bSandbox } from "e2b";

import { openSignalScope, raceSignal } from "../../async/index.ts";
import { describeError, importPeer, SandboxError } from "../../errors/index.ts";
import { createProtection, DEFAULT_PROTECTED_PATHS } from "../../files/index.ts";
import type { ExecOptions, ExecResult, Files, Isolation, Sandbox } from "../../spec/index.ts";
import { createCommandBlocker } from "../block-commands.ts";
import { createOutputBuffer } from "../output-buffer.ts";
import { createOutputTaker } from "../output-taker.ts";
import { createRunningCommands } from "../running-commands.ts";
import { DEFAULT_OUTPUT_BYTES } from "../sandbox-options.ts";
import { createTimeLimit, withTimeLimit } from "../time-limit.ts";
import { commandFiles } from "./command-files.ts";
import { spellCommand, START_FAILED } from "./spell-command.ts";

/** Options of `openE2bSandbox`. */
export interface E2bSandboxOptions {
  /** @default `E2B_API_KEY` of the environment */
  readonly apiKey?: string;
  /** @default E2B's base template */
  readonly template?: string;
  /** Where commands start, there. @default "/home/user" */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which E2B ends the machine, whatever happens here. @default 3600000 */
  readonly lifeMs?: number;
  /** Whether the machine reaches the internet. @default false */
  readonly networkAccess?: boolean;
  readonly timeoutMs?: number;
  readonly maxOutputBytes?: number;
  readonly blockedCommands?: readonly string[];
  readonly protectedPaths?: readonly string[];
  /** Addresses of an installation of one's own. @default those of E2B */
  readonly apiUrl?: string;
  readonly sandboxUrl?: string;
}

const MARKER = "HARNESS_EXEC_ID";
const DEFAULT_LIFE_MS = 3_600_000;

/**
 * Opens a machine at E2B (optional package `e2b`) and runs commands there. Nothing of this machine is there: put files
 * in and take results out through `files`. Disposal ends the machine. Tried against a fake of E2B's interface only.
 * Throws a `SandboxError` with code "sandbox_unavailable" when none can be had.
 */
export async function openE2bSandbox(options: E2bSandboxOptions = {}): Promise<Sandbox & { readonly files: Files }> {
  const { cwd = "/home/user", networkAccess = false, blockedCommands = [], lifeMs = DEFAULT_LIFE_MS } = options;
  const refuse = createCommandBlocker(blockedCommands);
  const remote = await create(options, { networkAccess, lifeMs });
  const isolation = describe(options, networkAccess);
  let isEnded = false;
  const commands = createRunningCommands();
  const exec = async (command: string | readonly string[], execOptions: ExecOptions = {}): Promise<ExecResult> => {
    execOptions.signal?.throwIfAborted();
    const reason = refuse(command);
    if (reason !== undefined) throw new SandboxError(reason, { code: "command_blocked" });
    const parts = { remote, options, isolation, cwd, closing: commands.signal };
    return await commands.run(async () => await runThere(command, execOptions, parts));
  };
  const isProtected = createProtection(options.protectedPaths ?? DEFAULT_PROTECTED_PATHS);
  return {
    mode: "e2b",
    isolation,
    files: commandFiles({ exec, cwd, isProtected }),
    exec,
    async [Symbol.asyncDispose]() {
      await commands.close();
      if (isEnded) return;
      isEnded = true;
      await remote.kill();
    },
  };
}

async function create(
  { apiKey, template, env, apiUrl, sandboxUrl }: E2bSandboxOptions,
  { networkAccess, lifeMs }: { readonly networkAccess: boolean; readonly lifeMs: number },
): Promise<E2bSandbox> {
  const { Sandbox: Machine } = await importPeer("e2b", () => import("e2b"));
  try {
    return await Machine.create({
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(template === undefined ? {} : { template }),
      ...(env === undefined ? {} : { envs: { ...env } }),
      ...(apiUrl === undefined ? {} : { apiUrl }),
      ...(sandboxUrl === undefined ? {} : { sandboxUrl }),
      timeoutMs: lifeMs,
      allowInternetAccess: networkAccess,
    });
  } catch (cause) {
    throw new SandboxError(`No machine could be had from E2B: ${describeError(cause)}`, {
      code: "sandbox_unavailable",
      cause,
    });
  }
}

function describe({ timeoutMs }: E2bSandboxOptions, networkAccess: boolean): Isolation {
  return {
    mode: "e2b",
    filesystem: "confined",
    network: networkAccess ? "unconfined" : "none",
    environment: "scrubbed",
    limits: [...(timeoutMs === undefined ? [] : ["time"]), "output"],
    runtime: "e2b",
    protections: ["own-kernel"],
  };
}

interface Parts {
  readonly remote: E2bSandbox;
  readonly options: E2bSandboxOptions;
  readonly isolation: Isolation;
  readonly cwd: string;
  /** Ends every command when the sandbox is closed. */
  readonly closing: AbortSignal;
}

async function runThere(
  command: string | readonly string[],
  execOptions: ExecOptions,
  { remote, options, isolation, cwd, closing }: Parts,
): Promise<ExecResult> {
  const timeoutMs = execOptions.timeoutMs ?? options.timeoutMs;
  const limit = createTimeLimit(timeoutMs);
  using scope = openSignalScope([closing, execOptions.signal], limit.options);
  scope.signal.throwIfAborted();
  const taker = createOutputTaker(execOptions.onOutput, scope);
  const maxOutputBytes = execOptions.maxOutputBytes ?? options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES;
  const buffer = createOutputBuffer(maxOutputBytes, taker.take);
  const marker = `${randomUUID()}:`;
  const handle = await start(remote, {
    text: spellCommand(command, execOptions.cwd ?? cwd),
    envs: { ...execOptions.env, [MARKER]: marker },
    stdin: execOptions.stdin,
    write: (data, stream) => buffer.write(Buffer.from(data), stream),
  });
  let stopped: { readonly reason: unknown } | undefined;
  try {
    await raceSignal(settle(handle), scope.signal);
  } catch (reason) {
    if (!scope.signal.aborted) throw new SandboxError(`E2B failed: ${describeError(reason)}`, { cause: reason });
    stopped = { reason };
    await stopMarked(remote, handle, marker);
  }
  const collected = buffer.end();
  if (stopped === undefined) await taker.settled();
  else if (!limit.isReason(stopped.reason)) throw stopped.reason;
  const failure = START_FAILED.exec(collected.stderr)?.[1];
  if (failure !== undefined) throw new SandboxError(`The command could not be started: ${failure}`);
  return {
    ...collected,
    exitCode: stopped === undefined ? handle.exitCode : undefined,
    signal: stopped === undefined ? undefined : "SIGKILL",
    timedOut: stopped !== undefined,
    oomKilled: false,
    isolation: withTimeLimit(isolation, timeoutMs),
  };
}

interface Start {
  readonly text: string;
  readonly envs: Record<string, string>;
  readonly stdin: ExecOptions["stdin"];
  readonly write: (data: string, stream: "stdout" | "stderr") => void;
}

async function start(remote: E2bSandbox, { text, envs, stdin, write }: Start): Promise<CommandHandle> {
  try {
    const handle = await remote.commands.run(text, {
      background: true,
      cwd: "/",
      envs,
      stdin: stdin !== undefined,
      // Our own limit is kept here; none of the connection's.
      timeoutMs: 0,
      onStdout: (data) => write(data, "stdout"),
      onStderr: (data) => write(data, "stderr"),
    });
    if (stdin === undefined) return handle;
    if (stdin.length > 0) await handle.sendStdin(stdin);
    await handle.closeStdin();
    return handle;
  } catch (cause) {
    throw new SandboxError(`The command could not be started: ${describeError(cause)}`, { cause });
  }
}

/** E2B throws for every exit code but 0; how it ended stands in the handle. */
async function settle(handle: CommandHandle): Promise<void> {
  try {
    await handle.wait();
  } catch (error) {
    if (handle.exitCode === undefined) throw error;
  }
}

/** Ends the first process, then whatever carries the marker. */
async function stopMarked(remote: E2bSandbox, handle: CommandHandle, marker: string): Promise<void> {
  await handle.kill().catch(() => false);
  const script = `for e in /proc/[0-9]*/environ; do grep -q "$1" "$e" 2>/dev/null && p=\${e#/proc/} && kill -9 "\${p%/environ}"; done; true`;
  await remote.commands.run(spellCommand(["sh", "-c", script, "stop", marker], "/")).catch(() => undefined);
  await settle(handle).catch(() => undefined);
}
