import { setImmediate as nextTurn } from "node:timers/promises";

import type { OutputBuffer } from "./output-buffer.ts";
import type { OutputTaker } from "./output-taker.ts";

/** How long output is waited for that may have no end, in milliseconds. */
export interface DrainTimes {
  /** A program that ended has nothing more to say when its output is quiet for so long. */
  readonly quietMs: number;
  /** The longest wait for an output that something in the background keeps writing to. */
  readonly longestMs: number;
}

/** For pipes of the kernel, which hold everything that was written. */
const OF_PIPES: DrainTimes = { quietMs: 50, longestMs: 1000 };

/**
 * Lets the last output of a program that has ended come in. It may never close, since a process in the background can
 * hold it: then this ends when it is quiet.
 */
export async function drainOutput(
  closed: Promise<unknown>,
  buffer: OutputBuffer,
  taker: Pick<OutputTaker, "isBusy">,
  { quietMs, longestMs }: DrainTimes = OF_PIPES,
): Promise<void> {
  let deadline = performance.now() + longestMs;
  while (performance.now() < deadline) {
    const before = buffer.bytes;
    if (await endsWithin(closed, quietMs)) return;
    // A busy event loop runs timers before it looks at pipes: let it look.
    await nextTurn();
    await nextTurn();
    // What a slow reader holds up is still to come.
    if (taker.isBusy) deadline = performance.now() + longestMs;
    else if (buffer.bytes === before) return;
  }
}

async function endsWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
