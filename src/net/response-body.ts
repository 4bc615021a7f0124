import type { IncomingMessage } from "node:http";

import { readChunks } from "./read-chunks.ts";

/** The bytes of a response: read once, by iteration or as a whole. */
export interface ResponseBody extends AsyncIterable<Uint8Array> {
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

  const read = (): AsyncGenerator<Uint8Array> => {
    if (isUsed) throw new TypeError("Body is unusable: Body has already been read");
    isUsed = true;
    return readChunks(incoming, signal);
  };

  // Without a listener an error before anybody reads would be uncaught; readers get it from the stream itself.
  incoming.on("error", () => {});
  return {
    [Symbol.asyncIterator]: read,
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
      for await (const chunk of read()) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}
