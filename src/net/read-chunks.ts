import type { IncomingMessage } from "node:http";

/** Chunks that may wait for a reader before the connection is told to pause. */
const MAX_WAITING = 16;

/**
 * Reads an answer by its events, at half the cost of the stream's own iterator. A reader that leaves closes the
 * connection. Throws `signal.reason` on abort and a `TypeError` "terminated" when the connection breaks before the end.
 */
export async function* readChunks(
  incoming: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let wake = (): void => {};
  let isEnded = false;
  let isClosed = incoming.destroyed;
  incoming.on("data", (chunk: Uint8Array) => {
    if (waiting.push(chunk) >= MAX_WAITING) incoming.pause();
    wake();
  });
  incoming.once("end", () => {
    isEnded = true;
    wake();
  });
  incoming.once("close", () => {
    isClosed = true;
    wake();
  });
  try {
    signal?.throwIfAborted();
    for (;;) {
      if (waiting.length > 0) {
        const chunks = waiting;
        waiting = [];
        for (const chunk of chunks) yield chunk;
      } else if (isEnded) {
        return;
      } else if (isClosed) {
        throw incoming.errored ?? new Error("aborted");
      } else {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        if (incoming.isPaused()) incoming.resume();
        await woken;
      }
    }
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw new TypeError("terminated", { cause });
  } finally {
    if (!isEnded) incoming.destroy();
  }
}
