import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";

import { raceSignal } from "../async/index.ts";
import { stopTree } from "../processes/index.ts";

/** Bytes of each of its outputs that are read; more is no verdict. */
const MAX_OUTPUT = 1024 * 1024;
/** A hook that must stop has nothing to finish: its tree is killed in the same moment. */
const GRACE_MS = 0;

/** How a command ended. */
export interface CommandEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** It said more than is read. */
  readonly isCut: boolean;
}

/** What a command is run with. */
export interface RunCommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly signal: AbortSignal;
}

/**
 * Runs a program in a process group of its own. Throws when it cannot be started, and `signal.reason` on abort after its
 * whole tree is dead.
 */
export async function runCommand(argv: readonly string[], options: RunCommandOptions): Promise<CommandEnd> {
  const { cwd, env, stdin, signal } = options;
  signal.throwIfAborted();
  const marker = `HARNESS_HOOK_RUN=${randomUUID()}`;
  const [program = "", ...args] = argv;
  const [name = "", value = ""] = marker.split("=");
  const child = spawn(program, args, { cwd, env: { ...env, [name]: value }, detached: true, stdio: "pipe" });
  const output = { stdout: "", stderr: "", isCut: false };
  const collect = (stream: "stdout" | "stderr") => (chunk: string) => {
    const room = MAX_OUTPUT - output[stream].length;
    if (chunk.length > room) output.isCut = true;
    output[stream] += chunk.slice(0, room);
  };
  child.stdout.setEncoding("utf8").on("data", collect("stdout"));
  child.stderr.setEncoding("utf8").on("data", collect("stderr"));
  // A program that does not read its input closes it: no failure.
  child.stdin.on("error", () => {});
  const exited = once(child, "exit");
  // A program that cannot be started is told by the wait below.
  exited.catch(() => {});
  await once(child, "spawn");
  child.stdin.end(stdin);
  const group = child.pid ?? 0;
  try {
    await raceSignal(exited, signal);
    // What is left of a tree would hold the pipes, and nothing of a hook may go on after its answer.
    await stopTree({ groups: [group], marker }, { graceMs: GRACE_MS });
    await raceSignal(drained(child), signal);
  } finally {
    if (signal.aborted) await stopTree({ groups: [group], marker }, { graceMs: GRACE_MS });
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
  }
  return { ...output, exitCode: child.exitCode ?? undefined, signal: child.signalCode ?? undefined };
}

async function drained({
  stdout,
  stderr,
}: {
  stdout: NodeJS.ReadableStream;
  stderr: NodeJS.ReadableStream;
}): Promise<void> {
  const isOver = (stream: NodeJS.ReadableStream): boolean => "readableEnded" in stream && stream.readableEnded === true;
  await Promise.all([stdout, stderr].map(async (stream) => (isOver(stream) ? undefined : await once(stream, "close"))));
}
