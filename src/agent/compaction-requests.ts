/** What became of a request to make the history shorter. */
export type CompactReceipt =
  | { readonly status: "compacted"; readonly tokensBefore: number; readonly tokensAfter: number }
  | { readonly status: "not_compacted"; readonly reason: string };

/** Requests of the host to make the history of a run shorter: done at the next border of a turn. */
export interface CompactionRequests {
  send(): Promise<CompactReceipt>;
  readonly hasPending: boolean;
  /** Takes those that wait. Whoever takes them settles them. */
  take(): readonly ((receipt: CompactReceipt) => void)[];
  /** Tells everybody who still waits that the run is over. */
  close(reason: string): void;
}

/** Makes the requests of one run. */
export function createCompactionRequests(): CompactionRequests {
  let waiting: ((receipt: CompactReceipt) => void)[] = [];
  let closed: string | undefined;
  return {
    send() {
      if (closed !== undefined) return Promise.resolve({ status: "not_compacted", reason: closed });
      return new Promise((settle) => {
        waiting.push(settle);
      });
    },
    get hasPending() {
      return waiting.length > 0;
    },
    take() {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    close(reason) {
      closed = reason;
      for (const settle of waiting.splice(0)) settle({ status: "not_compacted", reason });
    },
  };
}
