import type { ModelStreamPart, PartIterator } from "../spec/index.ts";

/** Reads a model's stream: as `for await` does it, but without a promise for each part that is there already. */
export class PartReader {
  readonly #parts: PartIterator;
  #isOpen = true;

  constructor(stream: AsyncIterable<ModelStreamPart>) {
    this.#parts = stream[Symbol.asyncIterator]();
  }

  /** The next part if it is there already. */
  ready(): ModelStreamPart | undefined {
    return this.#parts.ready?.();
  }

  /** The next part; `undefined` at the end. Throws what the stream throws. */
  async next(): Promise<ModelStreamPart | undefined> {
    // An iterator that throws or ends has closed itself.
    this.#isOpen = false;
    const step = await this.#parts.next();
    if (step.done === true) return undefined;
    this.#isOpen = true;
    return step.value;
  }

  /** Closes a stream that did not end by itself; to be called in any case. */
  close(): Promise<unknown> | undefined {
    return this.#isOpen ? this.#parts.return?.() : undefined;
  }
}
