import type { IncomingMessage } from "node:http";

import type { ByteReader, ReadableBody } from "./byte-reader.ts";
import { openResponseReader } from "./response-reader.ts";

/** The bytes of a response: read once, by iteration, by a reader or as a whole. */
export interface ResponseBody extends ReadableBody {
  /** Whether somebody reads. */
  readonly locked: boolean;
  readonly isUsed: boolean;
  /** Closes the connection; reading ends. */
  cancel(): Promise<void>;
  /** All bytes in one piece. */
  collect(): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens the body of a response. A reader that leaves closes the connection. Reading throws `signal.reason` on abort and
 * a `TypeError` "terminated" when the connection breaks before the announced end.
 */
export function openBody(incoming: IncomingMessage, signal: AbortSignal | undefined): ResponseBody {
  let isUsed = false;

  const openReader = (): ByteReader => {
    if (isUsed) throw new TypeError("Body is unusable: Body has already been read");
    isUsed = true;
    return openResponseReader(incoming, signal);
  };

  // Without a listener an error before anybody reads would be uncaught; readers get it from the stream itself.
  incoming.on("error", () => {});
  return {
    openReader,
    [Symbol.asyncIterator]: () => readChunks(openReader()),
    get locked() {
      return isUsed;
    },
    get isUsed() {
      return isUsed;
    },
    cancel() {
      isUsed = true;
      incoming.destroy();
      return Promise.resolve();
    },
    async collect() {
      const chunks: Uint8Array[] = [];
      for await (const chunk of readChunks(openReader())) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}

async function* readChunks(reader: ByteReader): AsyncGenerator<Uint8Array> {
  try {
    for (let chunks = await reader.read(); chunks !== undefined; chunks = await reader.read()) yield* chunks;
  } finally {
    reader.close();
  }
}
