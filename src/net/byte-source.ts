/** Bytes that come in time: what has arrived is taken at once, a promise is made only where somebody must wait. */
export interface ByteSource {
  /** What has arrived since the last time; nothing at all is an empty list. */
  take(): readonly Uint8Array[];
  /** All bytes came and were taken. */
  readonly isEnded: boolean;
  /** Resolves when something can be taken or the bytes have ended. Rejects with what broke them off. */
  wait(): Promise<void>;
  /** Reads no further: what has not ended is closed, also while `wait` waits. */
  close(): void;
}

/** A body that can be read by more than its iterator. */
export interface ReadableBody extends AsyncIterable<Uint8Array> {
  openSource(): ByteSource;
}

/** Opens any body for reading. */
export function openByteSource(body: AsyncIterable<Uint8Array>): ByteSource {
  return isReadable(body) ? body.openSource() : new IteratedSource(body);
}

class IteratedSource implements ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #arrived: Uint8Array | undefined;
  #isOver = false;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  get isEnded(): boolean {
    return this.#isOver && this.#arrived === undefined;
  }

  take(): readonly Uint8Array[] {
    const chunk = this.#arrived;
    this.#arrived = undefined;
    return chunk === undefined ? [] : [chunk];
  }

  async wait(): Promise<void> {
    if (this.#isOver || this.#arrived !== undefined) return;
    try {
      const { done, value } = await this.#chunks.next();
      if (done === true) this.#isOver = true;
      else this.#arrived = value;
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // Not awaited: it may still be waiting for bytes. Whatever goes wrong on the way out changes nothing.
    void Promise.resolve(this.#chunks.return?.()).catch(() => {});
  }
}

function isReadable(body: AsyncIterable<Uint8Array>): body is ReadableBody {
  return "openSource" in body && typeof body.openSource === "function";
}
