import type { IncomingMessage } from "node:http";

import type { ByteReader } from "./byte-reader.ts";

/** Chunks that may wait for a reader before the connection is told to pause. */
const MAX_WAITING = 16;

/**
 * Reads an answer by its events, at half the cost of the stream's own iterator. Closing it before the end closes the
 * connection. Throws `signal.reason` on abort and a `TypeError` "terminated" when the connection breaks before the end.
 */
export function openResponseReader(incoming: IncomingMessage, signal: AbortSignal | undefined): ByteReader {
  let waiting: Uint8Array[] = [];
  let isEnded = false;
  let isClosed = incoming.destroyed;
  let wake = (): void => {};
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
  const fail = (cause: unknown): unknown => {
    if (!isEnded) incoming.destroy();
    return signal?.aborted === true ? signal.reason : new TypeError("terminated", { cause });
  };
  return {
    async read() {
      if (signal?.aborted === true) throw fail(signal.reason);
      while (waiting.length === 0) {
        if (isEnded) return undefined;
        if (isClosed) throw fail(incoming.errored ?? new Error("aborted"));
        if (incoming.isPaused()) incoming.resume();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const chunks = waiting;
      waiting = [];
      return chunks;
    },
    close() {
      if (!isEnded) incoming.destroy();
    },
  };
}
