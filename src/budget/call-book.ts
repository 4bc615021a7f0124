import type { BudgetEstimate } from "../spec/index.ts";
import { SETTLED, type SyncReservation } from "./reservation.ts";

/** So many calls that ended are remembered: who repeats one does so soon. */
const REMEMBERED = 10_000;

/** Knows the reservations by call and attempt, so that nothing is held or settled twice. */
export class CallBook {
  readonly #open = new Map<string, SyncReservation>();
  readonly #ended = new Set<string>();

  /** The reservation under a name, if there is or was one. */
  find(key: string): SyncReservation | undefined {
    return this.#open.get(key) ?? (this.#ended.has(key) ? SETTLED : undefined);
  }

  /** Keeps a reservation under its name while it is open. */
  open(key: string, reservation: SyncReservation): void {
    this.#open.set(key, reservation);
  }

  /** From here on the name is known as that of a call that ended. */
  end(key: string): void {
    this.#open.delete(key);
    this.#ended.add(key);
    if (this.#ended.size > REMEMBERED) forgetOldest(this.#ended);
  }
}

function forgetOldest(names: Set<string>): void {
  for (const oldest of names) {
    names.delete(oldest);
    return;
  }
}

/** The name of one try of a call; `undefined` for a call without a name. */
export function keyOf({ callId, attempt = 1 }: BudgetEstimate): string | undefined {
  return callId === undefined ? undefined : `${callId}#${attempt}`;
}
