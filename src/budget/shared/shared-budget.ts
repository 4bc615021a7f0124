import type { Budget, BudgetEstimate, BudgetLimits, BudgetSnapshot, Reservation } from "../../spec/index.ts";
import { addAmounts, spendAll, toAmount, toSpending, type Amount, type Spending } from "../amount.ts";
import { BudgetTracker } from "../budget-tracker.ts";
import { keyOf } from "../call-book.ts";
import { joinBudgets } from "../join-budgets.ts";
import { SETTLED } from "../reservation.ts";
import { checkFits, findWarning, snapshotOf } from "../standing.ts";
import { accountKey, type LedgerAccount } from "./account-key.ts";
import { settleRow, type LedgerParts } from "./ledger-parts.ts";
import type { ReservationRow } from "./ledger-tables.ts";
import { openSharedAccount, type SharedAccount } from "./shared-account.ts";

/** Settlements that nobody waits for but the ledger. */
export interface Pending {
  add(work: Promise<void>): void;
  /** Resolves when all of them have ended, well or not. */
  settled(): Promise<void>;
}

/** Opens a budget on accounts of a ledger. */
export function openSharedBudget(wanted: readonly LedgerAccount[], parts: LedgerParts, pending: Pending): Budget {
  if (wanted.length === 0) throw new TypeError("A shared budget needs at least one account");
  const { tables, batch, clock } = parts;
  const accounts = wanted.map((account) => openSharedAccount(account, clock.now()));
  const tellsModel = wanted.some(({ tellModel }) => tellModel === true);

  /** A new day is a new account. */
  const refresh = (): void => {
    for (const each of accounts) {
      const key = accountKey(each.account, clock.now());
      if (key !== each.key) each.warned.clear();
      each.key = key;
      each.state = tables.readAccount(key);
    }
  };
  const snapshot = async (): Promise<BudgetSnapshot> => {
    await pending.settled();
    refresh();
    return snapshotOf(accounts);
  };
  const budget: Budget = {
    tellsModel,
    snapshot,
    takeWarning: () => findWarning(accounts),
    child: (limits: BudgetLimits) => joinBudgets(budget, new BudgetTracker(limits)),
    async reserve(estimate: BudgetEstimate): Promise<Reservation> {
      const amount = toAmount(estimate);
      const key = keyOf(estimate) ?? parts.newKey();
      const row = await batch(() => {
        refresh();
        return tables.readReservation(key) ?? holdAll(accounts, { key, estimate, amount }, parts);
      });
      return row.isOpen ? openReservation(row, { estimate, parts, refresh, pending }) : SETTLED;
    },
    extend: async () =>
      await batch(() => {
        refresh();
        return accounts.map((each) => extendAccount(each, parts)).includes(true);
      }),
  };
  return budget;
}

/** Holds an amount on all accounts or on none. In a transaction: nothing gets between the check and the hold. */
function holdAll(
  accounts: readonly SharedAccount[],
  { key, estimate, amount }: { readonly key: string; readonly estimate: BudgetEstimate; readonly amount: Amount },
  { tables, clock }: LedgerParts,
): ReservationRow {
  checkFits(accounts, { estimate, amount });
  for (const each of accounts) {
    each.state = { ...each.state, held: addAmounts(each.state.held, amount) };
    tables.writeAccount(each.key, each.state);
  }
  const row: ReservationRow = {
    key,
    accounts: accounts.map((each) => each.key),
    amount,
    isCostUnknown: estimate.cost === undefined,
    at: clock.now(),
    isOpen: true,
  };
  tables.addReservation(row);
  return row;
}

interface ReservationParts {
  readonly estimate: BudgetEstimate;
  readonly parts: LedgerParts;
  readonly refresh: () => void;
  readonly pending: Pending;
}

function openReservation(row: ReservationRow, { estimate, parts, refresh, pending }: ReservationParts): Reservation {
  const { tables, batch, clock } = parts;
  const startedAt = clock.monotonic();
  let isOpen = true;
  const end = async (spent: Spending): Promise<void> => {
    isOpen = false;
    const wallMs = Math.max(0, Math.round(clock.monotonic() - startedAt));
    await batch(() => {
      // Another handle of the same call may have settled it: what was settled once stays as it is.
      if (tables.readReservation(row.key)?.isOpen !== true) return;
      settleRow(tables, row, { ...spent, amount: { ...spent.amount, wallMs } });
      refresh();
    });
  };
  return {
    async settle(actual) {
      if (!isOpen) throw new TypeError("The reservation is settled already: settle it once, before its disposal");
      await end(toSpending(actual, estimate, row.amount));
    },
    [Symbol.dispose]() {
      if (isOpen) pending.add(end(spendAll(row.amount, estimate)));
    },
  };
}

function extendAccount(each: SharedAccount, { tables }: LedgerParts): boolean {
  const { refused, limits } = each;
  if (limits.onLimit !== "ask" || refused.size === 0) return false;
  const windows = { ...each.state.windows };
  for (const dimension of refused) windows[dimension] = (windows[dimension] ?? 0) + 1;
  each.state = { ...each.state, windows };
  tables.writeAccount(each.key, each.state);
  refused.clear();
  each.warned.clear();
  return true;
}
