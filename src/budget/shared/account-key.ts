import type { BudgetLimits, BudgetScope } from "../../spec/index.ts";

/** A limit that several processes keep together. */
export interface LedgerAccount extends BudgetLimits {
  /** Whose spending it is about. "day" and "month" are of the whole file, in that window. */
  readonly scope: BudgetScope;
  /** The session, agent or tenant that is meant. Needed but for "day" and "month". */
  readonly id?: string;
  /** Counts anew each day or month (UTC): "100 USD a day for this agent". @default the whole life, or what `scope` says */
  readonly window?: "day" | "month";
}

/**
 * The name of an account in the ledger at a time: JSON, so that no id can be taken for another one's. Throws a
 * `TypeError` for an account that does not say whose it is.
 */
export function accountKey({ scope, id, window }: LedgerAccount, now: number): string {
  const isWindow = scope === "day" || scope === "month";
  if (!isWindow && (typeof id !== "string" || id === "")) {
    throw new TypeError(`A budget of scope "${scope}" needs the id of whose it is: pass id`);
  }
  const span = isWindow ? scope : window;
  return JSON.stringify([isWindow ? "all" : scope, id ?? "", span === undefined ? "" : dateOf(now, span)]);
}

function dateOf(now: number, window: "day" | "month"): string {
  return new Date(now).toISOString().slice(0, window === "day" ? 10 : 7);
}
