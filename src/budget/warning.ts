import type { BudgetWarning } from "../spec/index.ts";
import { DIMENSIONS } from "./amount.ts";
import { chainOf, shareOf, snapshotOf, type Account } from "./ledger.ts";

/** The next limit of the chain that has passed a threshold nobody was told of; the highest one that was passed counts. */
export function findWarning(account: Account): BudgetWarning | undefined {
  for (const each of chainOf(account)) {
    for (const dimension of DIMENSIONS) {
      const share = shareOf(each, dimension);
      if (share === undefined) continue;
      const passed = each.limits.warnAt.filter((threshold) => share >= threshold);
      const isNew = passed.some((threshold) => !each.warned.has(`${dimension} ${threshold}`));
      if (!isNew) continue;
      for (const threshold of passed) each.warned.add(`${dimension} ${threshold}`);
      const scope = each.scope === undefined ? {} : { scope: each.scope };
      return { limit: dimension, ...scope, share, snapshot: snapshotOf(each) };
    }
  }
  return undefined;
}
