import type { Duplex } from "node:stream";

import type { Container, Exec } from "dockerode";

import { openSignalScope, raceSignal } from "../../async/index.ts";
import type { ExecOptions } from "../../spec/index.ts";
import { watchDisk } from "../disk-limit.ts";
import { drainOutput, type DrainTimes } from "../drain-output.ts";
import { createOutputBuffer, type CollectedOutput } from "../output-buffer.ts";
import { createOutputTaker, type OutputTaker } from "../output-taker.ts";
import { createTimeLimit } from "../time-limit.ts";
import { createDemuxer } from "./demux.ts";
import type { ExecWatch } from "./watch-exec.ts";

/** A program to run in a container. */
export interface ContainerRun {
  readonly container: Container;
  /** Tells when programs of this container have died. */
  readonly watch: ExecWatch;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: ExecOptions["stdin"];
  readonly timeoutMs: number | undefined;
  /** What may be taken of the file system of a folder of the host, in MiB. */
  readonly disk: { readonly path: string; readonly maxMb: number | undefined } | undefined;
  readonly maxOutputBytes: number;
  /** Each of them ends the run; its reason is what is thrown. */
  readonly signals: readonly (AbortSignal | undefined)[];
  readonly onOutput: ExecOptions["onOutput"];
  /** Ends the program and what it started; called at the time limit and on abort. */
  readonly stop: (exec: Exec) => Promise<void>;
}

/** How a program in a container ended. */
export interface ContainerRunEnd extends CollectedOutput {
  /** The engine had a process for it. Without one nothing of the program has run. */
  readonly hasStarted: boolean;
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  readonly diskFull: boolean;
}

/** The engine hands output on in its own time, and a busy machine may let it tell of the end first. */
const OF_ENGINE: DrainTimes = { quietMs: 300, longestMs: 3000 };

/** Runs a program through the engine's exec. Ending the stream does not end the program: that is what `stop` is for. */
export async function runInContainer(run: ContainerRun): Promise<ContainerRunEnd> {
  const limit = createTimeLimit(run.timeoutMs);
  using disk = watchDisk(run.disk?.path ?? "/", run.disk?.maxMb);
  using scope = openSignalScope([...run.signals, disk.signal], limit.options);
  scope.signal.throwIfAborted();
  const taker = createOutputTaker(run.onOutput, scope);
  const buffer = createOutputBuffer(run.maxOutputBytes, taker.take);
  const exec = await createExec(run);
  const { death } = await run.watch.expect(exec.id);
  const stream = await exec.start({ hijack: true, stdin: run.stdin !== undefined });
  const closed = readStream(stream, createDemuxer(buffer.write), taker);
  if (run.stdin !== undefined) stream.end(run.stdin);
  // The output ends with the last process that holds it, which may be one in the background.
  const ended = Promise.race([closed, death.then(() => drainOutput(closed, buffer, taker, OF_ENGINE))]);
  let stopped: { readonly reason: unknown } | undefined;
  try {
    await raceSignal(ended, scope.signal);
  } catch (reason) {
    stopped = { reason };
    await run.stop(exec);
  } finally {
    stream.destroy();
  }
  const collected = buffer.end();
  if (stopped === undefined) {
    await taker.settled();
    if (!limit.isReason(scope.signal.reason)) scope.signal.throwIfAborted();
  }
  if (stopped !== undefined && !limit.isReason(stopped.reason) && !disk.isReason(stopped.reason)) throw stopped.reason;
  const { ExitCode, Pid } = await exec.inspect();
  return {
    ...collected,
    hasStarted: Pid !== 0,
    exitCode: ExitCode ?? undefined,
    timedOut: limit.isReason(stopped?.reason),
    diskFull: disk.isReason(stopped?.reason),
  };
}

async function createExec(run: ContainerRun): Promise<Exec> {
  return await run.container.exec({
    AttachStdin: run.stdin !== undefined,
    AttachStdout: true,
    AttachStderr: true,
    Cmd: [...run.argv],
    Env: Object.entries(run.environment).map(([name, value]) => `${name}=${value}`),
    WorkingDir: run.cwd,
  });
}

/** Resolves when the stream is over, also when it broke: how the program ended is asked of the engine. */
async function readStream(stream: Duplex, take: (chunk: Buffer) => void, taker: OutputTaker): Promise<void> {
  stream.on("data", (chunk: Buffer) => {
    take(chunk);
    taker.pace(stream);
  });
  stream.on("error", () => {});
  await new Promise((resolve) => stream.once("end", resolve).once("close", resolve));
}
