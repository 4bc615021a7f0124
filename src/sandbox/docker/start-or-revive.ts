import { setTimeout as sleep } from "node:timers/promises";

import { describeError, SandboxError } from "../../errors/index.ts";
import { statusOf } from "./engine.ts";
import { runInContainer, type ContainerRun, type ContainerRunEnd } from "./run-in-container.ts";

/** What the runtime says when the container has no room for another process, as after a fork bomb, or is just going down. */
const NO_ROOM =
  /init-p|connection reset|broken pipe|resource temporarily unavailable|cannot fork|can't clone|setns|stopped container/i;
const TRIES = 12;
const WAIT_MS = 500;

/** A run in a container that may have to be started. */
export interface RevivableRun extends ContainerRun {
  readonly startContainer: () => Promise<void>;
}

/**
 * Runs a program. A command may have brought the container down (all its memory used): the next one starts it again. It
 * may have filled it with processes: the next one waits for room. Only what has not begun is tried again.
 */
export async function startOrRevive(run: RevivableRun): Promise<Omit<ContainerRunEnd, "hasStarted">> {
  try {
    for (let left = TRIES - 1; ; left -= 1) {
      const { hasStarted, ...end } = await runOrRevive(run);
      // The runtime writes why it could not start the program where the program would have written.
      const problem = failedAtStart(end.exitCode) ? /^OCI runtime exec failed: (.*)/.exec(end.output)?.[1] : undefined;
      if (problem === undefined) return end;
      if (hasStarted || left === 0 || !NO_ROOM.test(problem)) {
        throw new SandboxError(`The command could not be started: ${problem}`);
      }
      await waitForRoom(run);
    }
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    throw new SandboxError(`The command could not be started: ${describeError(error)}`, { cause: error });
  }
}

async function runOrRevive(run: RevivableRun): Promise<ContainerRunEnd> {
  try {
    return await runInContainer(run);
  } catch (error) {
    // The container does not run, and nothing of the command has either.
    if (!saysNotRunning(error) || (await run.container.inspect()).State.Running) throw error;
    await run.startContainer();
    return await runInContainer(run);
  }
}

/** 500 comes from an engine that noticed only after it had taken the order. */
function saysNotRunning(error: unknown): boolean {
  return statusOf(error) === 409 || (statusOf(error) === 500 && /not running/i.test(describeError(error)));
}

function failedAtStart(exitCode: number | undefined): boolean {
  return exitCode === 126 || exitCode === 127;
}

/** An abort is noticed by the next try, which throws its reason. */
async function waitForRoom({ signals }: ContainerRun): Promise<void> {
  const signal = AbortSignal.any(signals.filter((one) => one !== undefined));
  await sleep(WAIT_MS, undefined, { signal }).catch(() => {});
}
