/** Options of `createQueue`. */
export interface QueueOptions {
  /** How many items may wait before `ready()` holds a producer back. @default 1024 */
  readonly highWaterMark?: number;
  /** Called once when the reader leaves before the end; what it returns is awaited. */
  readonly onReturn?: () => void | Promise<void>;
}

/**
 * What happens when the reader falls behind: `bounded` holds the producer back, `unbounded` keeps everything,
 * `newest` keeps the last items only, for a reader that wants the end.
 */
export type QueueMode = "bounded" | "unbounded" | "newest";

/** A queue with one producer side and one reader: a hop without layers. */
export interface Queue<Item> extends AsyncIterable<Item> {
  /** Adds an item. Never blocks; producers that may run ahead await `ready()`. */
  push(item: Item): void;
  /** Whether the producer should wait. */
  readonly isFull: boolean;
  /** Resolves when there is room, or when nobody will read any more. */
  ready(): Promise<void>;
  /** Ends the stream after what is queued. */
  end(): void;
  /** Ends the stream with an error after what is queued. */
  fail(error: unknown): void;
  /** Changes what happens when the reader falls behind. Throws when `newest` dropped items that a reader would miss. */
  setMode(mode: QueueMode): void;
}

/** Makes a queue whose reader is an async iterator. It can be read once. */
export function createQueue<Item>(options: QueueOptions = {}): Queue<Item> {
  const { highWaterMark = 1024, onReturn } = options;
  let items: Item[] = [];
  let head = 0;
  let state: "open" | "ended" | "failed" = "open";
  let failure: unknown;
  let mode: QueueMode = "bounded";
  let isClosed = false;
  let dropped = 0;
  let waiting: { resolve(result: IteratorResult<Item, undefined>): void; reject(error: unknown): void } | undefined;
  let wakeProducer: (() => void) | undefined;
  let producerWait: Promise<void> | undefined;

  const release = (): void => {
    wakeProducer?.();
    wakeProducer = undefined;
    producerWait = undefined;
  };

  const finish = (): void => {
    if (waiting === undefined) return;
    const reader = waiting;
    waiting = undefined;
    if (state === "failed") reader.reject(failure);
    else reader.resolve({ done: true, value: undefined });
  };

  const take = (): Item | undefined => {
    const item = items[head];
    head += 1;
    if (head === items.length) {
      items = [];
      head = 0;
    } else if (head > 4096) {
      items = items.slice(head);
      head = 0;
    }
    if (wakeProducer !== undefined && items.length - head < highWaterMark) release();
    return item;
  };

  const iterator: AsyncIterator<Item, undefined> = {
    next() {
      if (items.length > head) {
        // The item is there; `undefined` can only be an item itself.
        return Promise.resolve({ done: false, value: take() as Item });
      }
      if (state === "failed") return Promise.reject(failure as Error);
      if (state === "ended") return Promise.resolve({ done: true, value: undefined });
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
      });
    },
    async return() {
      isClosed = true;
      items = [];
      head = 0;
      state = "ended";
      finish();
      release();
      await onReturn?.();
      return { done: true, value: undefined };
    },
  };

  return {
    push(item) {
      if (state !== "open" || isClosed) return;
      if (waiting === undefined) {
        items.push(item);
        if (mode === "newest" && items.length - head > highWaterMark) {
          take();
          dropped += 1;
        }
        return;
      }
      const reader = waiting;
      waiting = undefined;
      reader.resolve({ done: false, value: item });
    },
    get isFull() {
      return mode === "bounded" && state === "open" && items.length - head >= highWaterMark;
    },
    async ready() {
      if (mode !== "bounded" || state !== "open" || items.length - head < highWaterMark) return;
      producerWait ??= new Promise((resolve) => {
        wakeProducer = resolve;
      });
      await producerWait;
    },
    end() {
      if (state !== "open") return;
      state = "ended";
      if (items.length === head) finish();
      release();
    },
    fail(error) {
      if (state !== "open") return;
      state = "failed";
      failure = error;
      if (items.length === head) finish();
      release();
    },
    setMode(next) {
      if (next !== "newest" && dropped > 0) {
        throw new Error(`The first ${dropped} items are gone: begin to read before you await the end`);
      }
      mode = next;
      if (mode !== "bounded") release();
    },
    [Symbol.asyncIterator]: () => iterator,
  };
}
