import { once } from "node:events";
import type { Duplex } from "node:stream";

import type { Container, Exec } from "dockerode";

import { openSignalScope, raceSignal } from "../../async/index.ts";
import type { ExecOptions } from "../../spec/index.ts";
import { createOutputBuffer, type CollectedOutput } from "../output-buffer.ts";
import { createTimeLimit } from "../time-limit.ts";
import { createDemuxer } from "./demux.ts";

/** A program to run in a container. */
export interface ContainerRun {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: ExecOptions["stdin"];
  readonly timeoutMs: number | undefined;
  readonly maxOutputBytes: number;
  /** Each of them ends the run; its reason is what is thrown. */
  readonly signals: readonly (AbortSignal | undefined)[];
  readonly onOutput: ExecOptions["onOutput"];
  /** Ends the program and what it started; called at the time limit and on abort. */
  readonly stop: (exec: Exec) => Promise<void>;
}

/** How a program in a container ended. */
export interface ContainerRunEnd extends CollectedOutput {
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
}

/** Milliseconds between two questions whether a program has ended, where the engine sends no event to us. */
const LOOK_MS = 20;

/** Runs a program through the engine's exec. Ending the stream does not end the program: that is what `stop` is for. */
export async function runInContainer(container: Container, run: ContainerRun): Promise<ContainerRunEnd> {
  const limit = createTimeLimit(run.timeoutMs);
  using scope = openSignalScope(run.signals, limit.options);
  scope.signal.throwIfAborted();
  const buffer = createOutputBuffer(run.maxOutputBytes, (text, stream) => {
    try {
      run.onOutput?.(text, stream);
    } catch (error) {
      // Thrown here it would end the host program; the command ends instead.
      scope.abort(error);
    }
  });
  const exec = await createExec(container, run);
  const stream = await exec.start({ hijack: true, stdin: true });
  stream.on("data", createDemuxer(buffer.write));
  const ended = hasEnded(exec, stream);
  stream.end(run.stdin ?? "");
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
  if (stopped === undefined) scope.signal.throwIfAborted();
  else if (!limit.isReason(stopped.reason)) throw stopped.reason;
  const { ExitCode } = await exec.inspect();
  return { ...collected, exitCode: ExitCode ?? undefined, timedOut: stopped !== undefined };
}

/** Whether a program in a container still runs. */
export async function isRunning(exec: Exec): Promise<boolean> {
  return (await exec.inspect()).Running;
}

async function createExec(container: Container, run: ContainerRun): Promise<Exec> {
  return await container.exec({
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Cmd: [...run.argv],
    Env: Object.entries(run.environment).map(([name, value]) => `${name}=${value}`),
    WorkingDir: run.cwd,
  });
}

/** The stream ends with the last process that holds it; a program may end and leave one in the background. */
async function hasEnded(exec: Exec, stream: Duplex): Promise<void> {
  let isOver = false;
  const closed = once(stream, "close").then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  return closed;
}
