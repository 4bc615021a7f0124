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
  const inbox = openInbox(incoming);
  try {
    signal?.throwIfAborted();
    for (let chunks = await inbox.take(); chunks.length > 0; chunks = await inbox.take()) {
      for (const chunk of chunks) yield chunk;
    }
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason;
    throw new TypeError("terminated", { cause });
  } finally {
    if (!inbox.isEnded) incoming.destroy();
  }
}

interface Inbox {
  /** The whole answer arrived. */
  readonly isEnded: boolean;
  /** What has arrived, when something has; nothing after the end. */
  take(): Promise<readonly Uint8Array[]>;
}

function openInbox(incoming: IncomingMessage): Inbox {
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
  return {
    get isEnded() {
      return isEnded;
    },
    async take() {
      while (waiting.length === 0 && !isEnded) {
        if (isClosed) throw incoming.errored ?? new Error("aborted");
        if (incoming.isPaused()) incoming.resume();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const chunks = waiting;
      waiting = [];
      return chunks;
    },
  };
}
