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

  /** Asks for the next step, which is to be taken. Throws and rejects with what the stream throws. */
  ask(): Promise<IteratorResult<ModelStreamPart>> {
    // An iterator that throws or ends has closed itself.
    this.#isOpen = false;
    return this.#parts.next();
  }

  /** The part of a step; `undefined` at the end. */
  take(step: IteratorResult<ModelStreamPart>): ModelStreamPart | undefined {
    if (step.done === true) return undefined;
    this.#isOpen = true;
    return step.value;
  }

  /** Whether the call that was announced last was not made yet. */
  get isWaiting(): boolean {
    return this.#parts.isWaiting === true;
  }

  /** Closes a stream that did not end by itself; to be called in any case. */
  close(): Promise<unknown> | undefined {
    return this.#isOpen ? this.#parts.return?.() : undefined;
  }
}
