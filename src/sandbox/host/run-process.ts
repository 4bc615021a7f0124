import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";

import { openSignalScope, raceSignal } from "../../async/index.ts";
import { describeError, SandboxError } from "../../errors/index.ts";
import type { ExecOptions } from "../../spec/index.ts";
import { watchDisk } from "../disk-limit.ts";
import { drainOutput } from "../drain-output.ts";
import { createOutputBuffer, type CollectedOutput, type OutputBuffer } from "../output-buffer.ts";
import { createOutputTaker, type OutputTaker } from "../output-taker.ts";
import { createTimeLimit } from "../time-limit.ts";
import { stopTree } from "../../processes/index.ts";

/** A process to run: everything is decided. */
export interface ProcessRun {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: ExecOptions["stdin"];
  readonly timeoutMs: number | undefined;
  /** MiB that may be taken of the file system of `cwd`. */
  readonly diskMb: number | undefined;
  readonly maxOutputBytes: number;
  readonly graceMs: number;
  /** Stands in the environment; finds what the process started. */
  readonly marker: string;
  /** The process is one that only waits for the command, which runs as its child. */
  readonly isWaiter?: boolean;
  /** Ends what starts processes faster than they are found, and with it all else that runs beside it. */
  readonly endAll?: (() => Promise<void>) | undefined;
  /** Called when the tree of a command was ended: ends what hid from that. */
  readonly endHidden?: (() => Promise<void>) | undefined;
  /** Each of them ends the run; its reason is what is thrown. */
  readonly signals: readonly (AbortSignal | undefined)[];
  readonly onOutput: ExecOptions["onOutput"];
}

/** How a process ended. */
export interface ProcessEnd extends CollectedOutput {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly diskFull: boolean;
  /** The process group; some of it may go on in the background. */
  readonly group: number;
  /** The pipes, when something in the background still holds them. */
  readonly openPipes: readonly Readable[];
}

/**
 * Runs a process in a group of its own and ends its whole tree at its time limit or on abort. Not made with execa: that
 * waits for pipes that a grandchild may hold for ever, ends the child alone, and gives no output cut in the middle.
 */
export async function runProcess(run: ProcessRun): Promise<ProcessEnd> {
  const limit = createTimeLimit(run.timeoutMs);
  using disk = watchDisk(run.cwd, run.diskMb);
  using scope = openSignalScope([...run.signals, disk.signal], limit.options);
  // Nothing may start for a caller who has already given up.
  scope.signal.throwIfAborted();
  const taker = createOutputTaker(run.onOutput, scope);
  const buffer = createOutputBuffer(run.maxOutputBytes, taker.take);
  const { child, group } = await start(run, { buffer, taker });
  const stopped = await supervise({ child, group, run, buffer, taker, signal: scope.signal });
  const collected = buffer.end();
  const openPipes = stopped === undefined ? leavePipes(child) : closePipes(child);
  if (stopped === undefined) {
    await taker.settled();
    if (!limit.isReason(scope.signal.reason)) scope.signal.throwIfAborted();
  }
  if (stopped !== undefined && !limit.isReason(stopped.reason) && !disk.isReason(stopped.reason)) throw stopped.reason;
  return {
    ...collected,
    exitCode: child.exitCode ?? undefined,
    signal: child.signalCode ?? undefined,
    timedOut: limit.isReason(stopped?.reason),
    diskFull: disk.isReason(stopped?.reason),
    group,
    openPipes,
  };
}

interface Output {
  readonly buffer: OutputBuffer;
  readonly taker: OutputTaker;
}

async function start(run: ProcessRun, { buffer, taker }: Output): Promise<{ child: ChildProcess; group: number }> {
  const { argv, cwd, environment, stdin } = run;
  const [program = "", ...rest] = argv;
  try {
    const child = spawn(program, rest, {
      cwd,
      env: environment,
      // A session and a group of its own, so that signals reach what it starts and not us.
      detached: true,
      stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    for (const name of ["stdout", "stderr"] as const) {
      const pipe = child[name];
      pipe?.on("data", (chunk: Buffer) => {
        buffer.write(chunk, name);
        taker.pace(pipe);
      });
    }
    // A program that does not read its input closes it: no failure.
    child.stdin?.on("error", () => {});
    await once(child, "spawn");
    if (stdin !== undefined) child.stdin?.end(stdin);
    const { pid } = child;
    if (pid === undefined) throw new Error("The process has no id");
    return { child, group: pid };
  } catch (cause) {
    throw new SandboxError(`The command could not be started: ${describeStart(cause, cwd)}`, { cause });
  }
}

/** The system names the program also where it is the directory that is not there. */
function describeStart(cause: unknown, cwd: string): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT" && !existsSync(cwd)) return `the directory "${cwd}" is not there any more`;
  return code === "E2BIG" ? "it is longer than the system takes; write it to a file" : describeError(cause);
}

interface Supervision extends Output {
  readonly child: ChildProcess;
  readonly group: number;
  readonly run: ProcessRun;
  readonly signal: AbortSignal;
}

/** Waits for the end; gives the reason when something else ended it. Its whole tree is dead then. */
async function supervise({
  child,
  group,
  run,
  buffer,
  taker,
  signal,
}: Supervision): Promise<{ reason: unknown } | undefined> {
  // It was spawned in this turn of the event loop: neither event can have passed.
  const closed = once(child, "close");
  const drained = once(child, "exit").then(() => drainOutput(closed, buffer, taker));
  try {
    await raceSignal(drained, signal);
    return undefined;
  } catch (reason) {
    const waiter = run.isWaiter === true ? { waiter: group } : {};
    const { marker, endAll, graceMs } = run;
    await stopTree({ groups: [group], marker, endAll, ...waiter }, { graceMs });
    await run.endHidden?.();
    await drained;
    return { reason };
  }
}

function closePipes(child: ChildProcess): readonly Readable[] {
  for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.destroy();
  return [];
}

/** A process in the background may still write: its output is read and dropped, since closing the pipe would kill it. */
function leavePipes(child: ChildProcess): readonly Readable[] {
  child.stdin?.destroy();
  const open = [child.stdout, child.stderr].filter((pipe) => pipe !== null).filter((pipe) => !pipe.closed);
  for (const pipe of open) {
    pipe.removeAllListeners("data");
    pipe.resume();
    // Pipes of a child process are sockets; they must not keep the host program alive.
    if ("unref" in pipe && typeof pipe.unref === "function") pipe.unref();
  }
  return open;
}
