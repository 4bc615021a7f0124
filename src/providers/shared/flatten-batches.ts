/** Where batches come from. It is asked for one at a time. */
export interface BatchSource<Element> {
  /** The next batch; `undefined` at the end, also after an error. */
  next(): Promise<readonly Element[] | undefined>;
  /** No more batches are wanted; called also when the source has ended. */
  close(): void;
}

/** Elements one by one, or at once as far as they are there. */
export interface FlatIterator<Element> extends AsyncIterableIterator<Element, void, undefined> {
  /** The next element of the batch that is there; `undefined` when `next` must be asked. */
  ready(): Element | undefined;
}

/**
 * Gives the elements of batches one by one. An element costs one settled promise, and none when `ready` gives it; handing
 * each out by a generator's `yield` costs three turns of the microtask queue. Leaving ends the batches.
 */
export function flattenBatches<Element>(batches: BatchSource<Element>): FlatIterator<Element> {
  let rest: ArrayIterator<Element> = [].values();
  let waiting = 0;
  let latest: Promise<unknown> = Promise.resolve();

  const pull = async (before: Promise<unknown>): Promise<IteratorResult<Element, void>> => {
    try {
      // Whoever asked before gets its element, or its failure, first.
      await before.catch(() => {});
      for (;;) {
        const step = rest.next();
        if (step.done !== true) return step;
        const batch = await batches.next();
        if (batch === undefined) return { done: true, value: undefined };
        rest = batch.values();
      }
    } finally {
      waiting -= 1;
    }
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (waiting === 0) {
        const step = rest.next();
        if (step.done !== true) return Promise.resolve(step);
      }
      waiting += 1;
      const pulled = pull(latest);
      latest = pulled;
      return pulled;
    },
    // Whoever asked before must get its element first.
    ready: () => (waiting === 0 ? rest.next().value : undefined),
    async return() {
      rest = [].values();
      batches.close();
      return { done: true, value: undefined };
    },
  };
}
