import type { ByteSource, ReadableBody } from "./byte-source.ts";

/** The bytes of a response: read once, by iteration, as a source or as a whole. */
export interface ResponseBody extends ReadableBody {
  /** Whether somebody reads. */
  readonly locked: boolean;
  readonly isUsed: boolean;
  /** Closes the connection; reading ends. */
  cancel(): Promise<void>;
  /** All bytes in one piece. */
  collect(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Opens the body of a response. A reader that leaves closes the connection. Reading throws what the bytes throw. */
export function openBody(bytes: ByteSource): ResponseBody {
  let isUsed = false;

  const openSource = (): ByteSource => {
    if (isUsed) throw new TypeError("Body is unusable: Body has already been read");
    isUsed = true;
    return bytes;
  };

  return {
    openSource,
    [Symbol.asyncIterator]: () => readChunks(openSource()),
    get locked() {
      return isUsed;
    },
    get isUsed() {
      return isUsed;
    },
    cancel() {
      isUsed = true;
      bytes.close();
      return Promise.resolve();
    },
    async collect() {
      const chunks: Uint8Array[] = [];
      for await (const chunk of readChunks(openSource())) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}

async function* readChunks(bytes: ByteSource): AsyncGenerator<Uint8Array> {
  try {
    while (!bytes.isEnded) {
      await bytes.wait();
      yield* bytes.take();
    }
  } finally {
    bytes.close();
  }
}
