import type { ChildProcess } from "node:child_process";
import { setImmediate as nextTurn } from "node:timers/promises";

import type { OutputBuffer } from "../output-buffer.ts";

/** A process that ended has nothing more to say when its pipes are quiet for so long. Milliseconds. */
const QUIET_MS = 50;
/** The longest wait for pipes that something in the background keeps writing to. Milliseconds. */
const LONGEST_MS = 1000;

/**
 * Reads what a process that has ended left in its pipes. They may stay open, since a process in the background can
 * hold them: then it stops when they are quiet.
 */
export async function drainOutput(child: ChildProcess, buffer: OutputBuffer): Promise<void> {
  const pipes = [child.stdout, child.stderr].filter((pipe) => pipe !== null);
  const isClosed = (): boolean => pipes.every((pipe) => pipe.closed || pipe.readableEnded);
  const deadline = performance.now() + LONGEST_MS;
  while (!isClosed() && performance.now() < deadline) {
    const before = buffer.bytes;
    await closedOrQuiet(child);
    // A busy event loop runs timers before it looks at pipes: let it look.
    await nextTurn();
    await nextTurn();
    if (buffer.bytes === before) return;
  }
}

async function closedOrQuiet(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      child.removeListener("close", finish);
      resolve();
    };
    const timer = setTimeout(finish, QUIET_MS);
    child.once("close", finish);
  });
}
