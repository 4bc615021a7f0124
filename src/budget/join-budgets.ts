import type { Budget, BudgetEstimate, BudgetSnapshot, Reservation } from "../spec/index.ts";
import { BudgetTracker } from "./budget-tracker.ts";

/**
 * A budget inside another one that may be anybody's: what it uses is held by both or by none, and what remains is the
 * least that one of them leaves. Its use is told from the inner one.
 */
export function joinBudgets(outer: Budget, inner: BudgetTracker): Budget {
  const joined: Budget = {
    tellsModel: inner.tellsModel || outer.tellsModel === true,
    async reserve({ callId, attempt, ...estimate }: BudgetEstimate): Promise<Reservation> {
      // Only the outer ledger knows calls by their names: after its refusal the same call may ask again.
      const near = inner.reserve(estimate);
      const named = {
        ...estimate,
        ...(callId === undefined ? {} : { callId }),
        ...(attempt === undefined ? {} : { attempt }),
      };
      let far: Reservation;
      try {
        far = await outer.reserve(named);
      } catch (error) {
        near.settle({ tokens: 0, cost: 0, turns: 0, toolCalls: 0 });
        throw error;
      }
      return {
        async settle(actual) {
          near.settle(actual);
          await far.settle(actual);
        },
        [Symbol.dispose]() {
          near[Symbol.dispose]();
          far[Symbol.dispose]();
        },
      };
    },
    snapshot: async () => joinSnapshots(inner.snapshot(), await outer.snapshot()),
    takeWarning: () => inner.takeWarning() ?? outer.takeWarning(),
    child: (limits) => joinBudgets(joined, new BudgetTracker(limits)),
    async extend() {
      const isInner = inner.extend();
      const isOuter = (await outer.extend?.()) ?? false;
      return isInner || isOuter;
    },
  };
  return joined;
}

function joinSnapshots(inner: BudgetSnapshot, outer: BudgetSnapshot): BudgetSnapshot {
  return Object.freeze({
    ...inner,
    tokensRemaining: least(inner.tokensRemaining, outer.tokensRemaining),
    costRemaining: least(inner.costRemaining, outer.costRemaining),
    turnsRemaining: least(inner.turnsRemaining, outer.turnsRemaining),
    toolCallsRemaining: least(inner.toolCallsRemaining, outer.toolCallsRemaining),
    wallMsRemaining: least(inner.wallMsRemaining, outer.wallMsRemaining),
    isDegraded: inner.isDegraded || outer.isDegraded,
  });
}

function least(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Math.min(left, right);
}
