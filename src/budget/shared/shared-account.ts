import { checkLimits } from "../check-limits.ts";
import type { Standing } from "../standing.ts";
import { accountKey, type LedgerAccount } from "./account-key.ts";
import { type AccountState, EMPTY } from "./ledger-tables.ts";

/** One account of a shared budget: its limits, and its state as it was last read. */
export interface SharedAccount extends Standing {
  readonly account: LedgerAccount;
  key: string;
  state: AccountState;
}

/** Opens an account, as nobody has read it yet. Throws a `TypeError` or `RangeError` for one that cannot be meant. */
export function openSharedAccount(account: LedgerAccount, now: number): SharedAccount {
  const { scope, id, window, onUnknownCost = "refuse" } = account;
  const whose = id === undefined ? "" : ` ${JSON.stringify(id)}`;
  const shared: SharedAccount = {
    account,
    limits: checkLimits(account),
    scope,
    owner: `of the ${scope}${whose}${window === undefined ? "" : ` in this ${window}`}`,
    rule: onUnknownCost,
    key: accountKey(account, now),
    state: EMPTY,
    refused: new Set(),
    warned: new Set(),
    get held() {
      return shared.state.held;
    },
    get input() {
      return shared.state.input;
    },
    get output() {
      return shared.state.output;
    },
    get hasUnknownCost() {
      return shared.state.hasUnknownCost;
    },
    used: (dimension) => shared.state.used[dimension],
    windows: (dimension) => shared.state.windows[dimension] ?? 0,
  };
  return shared;
}
