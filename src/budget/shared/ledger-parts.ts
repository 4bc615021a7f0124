import type { Clock } from "../../spec/index.ts";
import { addAmounts, takeAmount, type Spending } from "../amount.ts";
import type { Batch } from "./batch.ts";
import type { LedgerTables, ReservationRow } from "./ledger-tables.ts";

/** What a shared budget works with. */
export interface LedgerParts {
  readonly tables: LedgerTables;
  readonly batch: Batch;
  readonly clock: Pick<Clock, "now" | "monotonic">;
  readonly newKey: () => string;
}

/** Moves what was held to what was spent, in every account that held it. To be called in a transaction. */
export function settleRow(tables: LedgerTables, row: ReservationRow, spent: Spending): void {
  tables.closeReservation(row.key);
  for (const key of row.accounts) {
    const state = tables.readAccount(key);
    tables.writeAccount(key, {
      ...state,
      used: addAmounts(state.used, spent.amount),
      held: takeAmount(state.held, row.amount),
      input: state.input + spent.inputTokens,
      output: state.output + spent.outputTokens,
      hasUnknownCost: state.hasUnknownCost || spent.isCostUnknown,
    });
  }
}
