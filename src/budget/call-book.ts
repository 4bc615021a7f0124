import type { BudgetEstimate } from "../spec/index.ts";
import { SETTLED, type SyncReservation } from "./reservation.ts";

/** Knows the reservations by call and attempt, so that nothing is held or settled twice. */
export interface CallBook {
  /** The reservation of a call that asked before, if it did. */
  find(estimate: BudgetEstimate): SyncReservation | undefined;
  /** Opens the reservation of a call under its name. */
  open(estimate: BudgetEstimate, open: (onEnd: () => void) => SyncReservation): SyncReservation;
}

/** So many calls that ended are remembered: who repeats one does so soon. */
const REMEMBERED = 10_000;

/** Makes an empty book. */
export function createCallBook(): CallBook {
  const open = new Map<string, SyncReservation>();
  const ended = new Set<string>();
  return {
    find(estimate) {
      const key = keyOf(estimate);
      if (key === undefined) return undefined;
      return open.get(key) ?? (ended.has(key) ? SETTLED : undefined);
    },
    open(estimate, make) {
      const key = keyOf(estimate);
      if (key === undefined) return make(() => {});
      const reservation = make(() => {
        open.delete(key);
        ended.add(key);
        if (ended.size > REMEMBERED) forgetOldest(ended);
      });
      open.set(key, reservation);
      return reservation;
    },
  };
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
