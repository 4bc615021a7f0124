import { systemClock, systemRandom } from "../../async/index.ts";
import type { Budget, BudgetUsage, Clock } from "../../spec/index.ts";
import { toSpending } from "../amount.ts";
import type { LedgerAccount } from "./account-key.ts";
import { createBatch } from "./batch.ts";
import { settleRow, type LedgerParts } from "./ledger-parts.ts";
import { prepareTables, SCHEMA } from "./ledger-tables.ts";
import { openSharedBudget, type Pending } from "./shared-budget.ts";

/** A ledger in one SQLite file that several processes of a machine share: none of them, alive or killed, can overspend it. */
export interface SharedLedger extends AsyncDisposable {
  readonly path: string;
  /**
   * A budget on these accounts: every limit holds at once. The first account is the one whose use its snapshot tells.
   * Throws a `TypeError` or `RangeError` for accounts that cannot be meant.
   */
  budget(accounts: readonly LedgerAccount[]): Budget;
  /** Calls that were held and never settled: still under way, or lost with their process. They count as spent. */
  open(): readonly OpenCall[];
  /**
   * Settles a lost call with what the provider's own report says. Nothing else ever gives a held amount back. False when
   * it was settled already.
   */
  reconcile(key: string, actual: BudgetUsage): Promise<boolean>;
  close(): Promise<void>;
}

/** A call that is held. */
export interface OpenCall {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly tokens: number;
  /** Nano-dollars. */
  readonly costNanos: number;
}

/** Options of `openLedger`. */
export interface LedgerOptions {
  /**
   * Whether each hold and each settlement is on the disk before it counts. Without it a power cut (not the end of a
   * process) may forget the last ones. @default true
   */
  readonly durable?: boolean;
  readonly clock?: Pick<Clock, "now" | "monotonic">;
  /** Days after which settled calls are forgotten; until then asking again for one has no effect. @default 30 */
  readonly keepDays?: number;
}

const DAY_MS = 86_400_000;

/**
 * Opens a ledger, making the file where it is missing. Close it at the end. Throws code "budget_failed" for a file that
 * cannot be used.
 */
export async function openLedger(path: string, options: LedgerOptions = {}): Promise<SharedLedger> {
  const { durable = true, clock = systemClock, keepDays = 30 } = options;
  // Loaded late: a budget without a file must not open SQLite.
  const { openSqliteFile } = await import("../../sqlite/index.ts");
  const file = await openSqliteFile(path, { schema: SCHEMA, errorCode: "budget_failed", what: "budget ledger" });
  const tables = prepareTables(file.database);
  const batch = createBatch(file, { durable });
  await batch(() => tables.forget(clock.now() - keepDays * DAY_MS));
  const parts: LedgerParts = { tables, batch, clock, newKey: () => systemRandom.id() };
  const pending = openPending();
  const close = async (): Promise<void> => {
    await pending.settled();
    file.close();
  };
  return {
    path: file.path,
    budget: (accounts) => openSharedBudget(accounts, parts, pending),
    open: () =>
      tables.openReservations().map(({ key, at, amount: { tokens, cost } }) => ({ key, at, tokens, costNanos: cost })),
    async reconcile(key, actual) {
      return await batch(() => {
        const row = tables.readReservation(key);
        if (row?.isOpen !== true) return false;
        settleRow(tables, row, toSpending(actual, row.isCostUnknown ? {} : { cost: 0 }, row.amount));
        return true;
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What cannot be written stays held, which is as good as spent: so its failure is nobody's business. */
function openPending(): Pending {
  const works = new Set<Promise<void>>();
  return {
    add(work) {
      const ended = work.catch(() => {}).finally(() => works.delete(ended));
      works.add(ended);
    },
    async settled() {
      if (works.size > 0) await Promise.all(works);
    },
  };
}
