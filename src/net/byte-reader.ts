/** Reads a body as it arrives, with one promise for all that is there. */
export interface ByteReader {
  /** What has arrived, when something has; `undefined` after the end. Throws what the body throws. */
  read(): Promise<readonly Uint8Array[] | undefined>;
  /** Reads no further: a body that has not ended is closed, also while `read` waits. */
  close(): void;
}

/** A body that can be read by more than its iterator. */
export interface ReadableBody extends AsyncIterable<Uint8Array> {
  openReader(): ByteReader;
}

/** Opens any body for reading. */
export function openByteReader(body: AsyncIterable<Uint8Array>): ByteReader {
  if (isReadable(body)) return body.openReader();
  const chunks = body[Symbol.asyncIterator]();
  let isOver = false;
  return {
    async read() {
      if (isOver) return undefined;
      try {
        const { done, value } = await chunks.next();
        if (done !== true) return [value];
        isOver = true;
        return undefined;
      } catch (error) {
        isOver = true;
        throw error;
      }
    },
    close() {
      if (isOver) return;
      isOver = true;
      // Not awaited: it may still be waiting for bytes. Whatever goes wrong on the way out changes nothing.
      void Promise.resolve(chunks.return?.()).catch(() => {});
    },
  };
}

function isReadable(body: AsyncIterable<Uint8Array>): body is ReadableBody {
  return "openReader" in body && typeof body.openReader === "function";
}
