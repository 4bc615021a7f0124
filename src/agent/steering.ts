/** What became of a steering message. */
export type SteerReceipt =
  | { readonly status: "delivered"; readonly turn: number }
  | { readonly status: "not_delivered"; readonly reason: string };

/** Messages of the person to a run that is under way: delivered before the next model call. */
export interface Steering {
  send(text: string): Promise<SteerReceipt>;
  readonly hasPending: boolean;
  /** Takes what waits; it counts as delivered in `turn`. */
  take(turn: number): readonly string[];
  /** Tells everybody who still waits that the run is over. */
  close(reason: string): void;
}

/** Makes the steering of one run. */
export function createSteering(): Steering {
  let waiting: { readonly text: string; readonly settle: (receipt: SteerReceipt) => void }[] = [];
  let closed: string | undefined;
  return {
    send(text) {
      if (text.trim() === "") return Promise.resolve({ status: "not_delivered", reason: "The message is empty" });
      if (closed !== undefined) return Promise.resolve({ status: "not_delivered", reason: closed });
      return new Promise((settle) => {
        waiting.push({ text, settle });
      });
    },
    get hasPending() {
      return waiting.length > 0;
    },
    take(turn) {
      const taken = waiting;
      waiting = [];
      for (const { settle } of taken) settle({ status: "delivered", turn });
      return taken.map(({ text }) => text);
    },
    close(reason) {
      closed = reason;
      for (const { settle } of waiting.splice(0)) settle({ status: "not_delivered", reason });
    },
  };
}
