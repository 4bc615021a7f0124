/** Options of `createQueue`. */
export interface QueueOptions {
  /** How many items may wait before `ready()` holds a producer back. @default 1024 */
  readonly highWaterMark?: number;
  /** Called once, when the reader leaves the loop; what it returns is awaited. */
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

/** Makes a queue whose reader is an async iterator. It can be read once, by one reader: a second `next` rejects. */
export function createQueue<Item>(options: QueueOptions = {}): Queue<Item> {
  return new ItemQueue(options);
}

interface Waiter<Item> {
  resolve(result: IteratorResult<Item, undefined>): void;
  reject(error: unknown): void;
}

/** How an open stream ended. */
type Ending = { readonly type: "ended" } | { readonly type: "failed"; readonly error: unknown };

/** Taken items in front of the array are cut off from so many on: cheaper than `shift`, and memory stays small. */
const CUT_AT = 4096;

class ItemQueue<Item> implements Queue<Item>, AsyncIterator<Item, undefined> {
  readonly #highWaterMark: number;
  readonly #onReturn: QueueOptions["onReturn"];
  #items: (Item | undefined)[] = [];
  #head = 0;
  #mode: QueueMode = "bounded";
  #dropped = 0;
  #ending: Ending | undefined;
  #waiter: Waiter<Item> | undefined;
  #hasLeft = false;
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor({ highWaterMark = 1024, onReturn }: QueueOptions) {
    this.#highWaterMark = highWaterMark;
    this.#onReturn = onReturn;
  }

  get #size(): number {
    return this.#items.length - this.#head;
  }

  get isFull(): boolean {
    return this.#mode === "bounded" && this.#ending === undefined && this.#size >= this.#highWaterMark;
  }

  push(item: Item): void {
    if (this.#ending !== undefined) return;
    const waiter = this.#waiter;
    if (waiter !== undefined) {
      this.#waiter = undefined;
      waiter.resolve({ done: false, value: item });
      return;
    }
    this.#items.push(item);
    if (this.#mode === "newest") this.#dropOldest();
  }

  async ready(): Promise<void> {
    if (!this.isFull) return;
    this.#room ??= Promise.withResolvers<void>();
    await this.#room.promise;
  }

  end(): void {
    this.#finish({ type: "ended" });
  }

  fail(error: unknown): void {
    this.#finish({ type: "failed", error });
  }

  setMode(mode: QueueMode): void {
    if (mode !== "newest" && this.#dropped > 0) {
      throw new Error(`The first ${this.#dropped} items are gone: begin to read before you await the end`);
    }
    this.#mode = mode;
    if (mode === "newest") this.#dropOldest();
    if (mode !== "bounded") this.#makeRoom();
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#size > 0) return Promise.resolve({ done: false, value: this.#take() });
    const ending = this.#ending;
    if (ending?.type === "ended") return Promise.resolve({ done: true, value: undefined });
    if (ending?.type === "failed") return Promise.reject(ending.error as Error);
    // A second reader would take the first one's place and leave it waiting for ever.
    if (this.#waiter !== undefined) return Promise.reject(new TypeError("Somebody else reads this stream already"));
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.#items = [];
    this.#head = 0;
    this.#finish({ type: "ended" });
    if (!this.#hasLeft) {
      this.#hasLeft = true;
      await this.#onReturn?.();
    }
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): AsyncIterator<Item, undefined> {
    return this;
  }

  #dropOldest(): void {
    while (this.#size > this.#highWaterMark) {
      this.#take();
      this.#dropped += 1;
    }
  }

  /** Only called when an item is there. */
  #take(): Item {
    const item = this.#items[this.#head] as Item;
    // The slot stays for a while; what was taken must not live on in it.
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head > CUT_AT) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    if (this.#room !== undefined && this.#size < this.#highWaterMark) this.#makeRoom();
    return item;
  }

  #finish(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#makeRoom();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter === undefined) return;
    if (ending.type === "ended") waiter.resolve({ done: true, value: undefined });
    else waiter.reject(ending.error);
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
