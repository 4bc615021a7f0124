import type { ModelStreamPart, PartIterator } from "../spec/index.ts";

/** Reads a model's stream; disposal closes a stream that did not end by itself. */
export interface PartReader extends AsyncDisposable {
  /** The next part if it is there already. */
  ready(): ModelStreamPart | undefined;
  /** The next part; `undefined` at the end. Throws what the stream throws. */
  next(): Promise<ModelStreamPart | undefined>;
}

/** Opens a stream for reading: as `for await` does it, but without a promise for each part that is there already. */
export function openPartReader(stream: AsyncIterable<ModelStreamPart>): PartReader {
  const parts: PartIterator = stream[Symbol.asyncIterator]();
  let isOpen = true;
  return {
    ready: () => parts.ready?.(),
    async next() {
      // An iterator that throws or ends has closed itself.
      isOpen = false;
      const step = await parts.next();
      if (step.done === true) return undefined;
      isOpen = true;
      return step.value;
    },
    async [Symbol.asyncDispose]() {
      if (isOpen) await parts.return?.();
    },
  };
}
