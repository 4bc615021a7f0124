// Bound here: whoever replaces the global one, in a test for instance, must not hold up all that is to begin.
import { setImmediate } from "node:timers";

/**
 * Lets what begins at once begin one after the other, each in a turn of the event loop of its own: what is under way is
 * served in between, and what beginnings need does not pile up.
 */
export class LoopTurns {
  #waiting: (() => void)[] = [];
  #taken = 0;
  #isBusy = false;

  /** Waits for the next free turn; `undefined` when this one is free. */
  take(): Promise<void> | undefined {
    if (this.#isBusy) {
      return new Promise((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#isBusy = true;
    setImmediate(this.#next);
    return undefined;
  }

  readonly #next = (): void => {
    const begin = this.#waiting[this.#taken];
    if (begin === undefined) {
      this.#waiting = [];
      this.#taken = 0;
      this.#isBusy = false;
      return;
    }
    this.#taken += 1;
    setImmediate(this.#next);
    begin();
  };
}
