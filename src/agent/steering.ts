/** What became of a steering message. */
export type SteerReceipt =
  | { readonly status: "delivered"; readonly turn: number }
  | { readonly status: "not_delivered"; readonly reason: string };

/** What the person said, and how to tell what became of it. */
export interface SteeringMessage {
  readonly text: string;
  /** Called when it stands in the history, not before: a receipt is true. */
  settle(receipt: SteerReceipt): void;
}

/** Messages of the person to a run that is under way: delivered before the next model call. */
export interface Steering {
  send(text: string): Promise<SteerReceipt>;
  readonly hasPending: boolean;
  /** Takes what waits. Whoever takes it settles it. */
  take(): readonly SteeringMessage[];
  /** Tells everybody who still waits that the run is over. */
  close(reason: string): void;
}

/** Makes the steering of one run. */
export function createSteering(): Steering {
  let waiting: SteeringMessage[] = [];
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
    take() {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    close(reason) {
      closed = reason;
      for (const { settle } of waiting.splice(0)) settle({ status: "not_delivered", reason });
    },
  };
}
