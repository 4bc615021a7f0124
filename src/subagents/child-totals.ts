import { createTotals, type CostOf, type Totals } from "../agent/index.ts";

/** Starts counting for a child: what its models use counts for the parent, too; turns and calls are its own. */
export function createChildTotals(parent: Totals, costOf: CostOf): Totals {
  const own = createTotals(costOf);
  return {
    addModelCall(usage, model, options) {
      parent.addModelCall(usage, model, options);
      return own.addModelCall(usage, model, options);
    },
    addTurn: () => own.addTurn(),
    addToolCalls: (count) => own.addToolCalls(count),
    get turns() {
      return own.turns;
    },
    get toolCalls() {
      return own.toolCalls;
    },
    get usage() {
      return own.usage;
    },
    get tokens() {
      return own.tokens;
    },
    get isEstimated() {
      return own.isEstimated;
    },
    get cost() {
      return own.cost;
    },
    costByModel: () => own.costByModel(),
  };
}
