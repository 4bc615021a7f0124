import type { ModelMessage } from "../../spec/index.ts";
import { asString } from "./wire.ts";

/** The ids of an answer's calls, for vendors that give none or the same one twice. */
export class CallIds {
  readonly #taken = new Set<string>();
  #number: number;

  /** Counts on where the history ends, so that no number comes twice. */
  constructor(history: readonly ModelMessage[]) {
    this.#number = countCalls(history);
  }

  /** How many calls have an id so far. */
  get size(): number {
    return this.#taken.size;
  }

  /** The id of the next call: the vendor's own where it is one. */
  take(given: unknown): string {
    const number = this.#number;
    this.#number += 1;
    const own = asString(given) ?? "";
    let id = own === "" || this.#taken.has(own) ? `call_${number}` : own;
    while (this.#taken.has(id)) id += "_";
    this.#taken.add(id);
    return id;
  }
}

function countCalls(messages: readonly ModelMessage[]): number {
  let count = 0;
  for (const message of messages) {
    if (message.role !== "assistant") continue;
    for (const part of message.content) if (part.type === "tool-call") count += 1;
  }
  return count;
}
