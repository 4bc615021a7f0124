/** Options of `limitBody`. */
export interface LimitBodyOptions {
  /** Bytes after decompression. */
  readonly maxBytes: number;
  readonly tooLarge: () => Error;
  /** Called once when nobody reads any more. */
  readonly onEnd: () => void;
  readonly signal: AbortSignal;
}

/** The bytes of a body that come piece by piece. */
interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array<ArrayBuffer> | undefined }>;
  cancel(reason?: unknown): Promise<void>;
}

/** Passes a body on until it is larger than allowed; then the connection is closed and reading fails. */
export function limitBody(
  reader: ByteReader,
  { maxBytes, tooLarge, onEnd, signal }: LimitBodyOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let total = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done || value === undefined) {
            onEnd();
            controller.close();
            return;
          }
          total += value.byteLength;
          if (total > maxBytes) throw tooLarge();
          controller.enqueue(value);
        } catch (error) {
          onEnd();
          controller.error(signal.aborted ? signal.reason : error);
          await reader.cancel(error).catch(() => {});
        }
      },
      async cancel(reason) {
        onEnd();
        await reader.cancel(reason);
      },
    },
    // Nothing is fetched ahead of who reads.
    { highWaterMark: 0 },
  );
}
