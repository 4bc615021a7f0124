import { BudgetExhaustedError } from "../errors/index.ts";
import type { Budget, BudgetEstimate, BudgetSnapshot, BudgetUsage, Reservation } from "../spec/index.ts";

/** The limits of a fake budget; what is left out has none. */
export interface FakeBudgetLimits {
  readonly maxTokens?: number | undefined;
  /** USD. */
  readonly maxCost?: number | undefined;
}

/** A fake that settles and tells its state at once. */
export interface FakeBudget extends Budget {
  reserve(estimate: BudgetEstimate): FakeReservation;
  snapshot(): BudgetSnapshot;
}

/** A reservation that is settled at once. */
export interface FakeReservation extends Reservation {
  settle(actual: BudgetUsage): void;
}

/** A budget that counts tokens and USD in plain numbers and never warns. Without limits nothing is refused. */
export function fakeBudget(limits: FakeBudgetLimits = {}): FakeBudget {
  return openFake(limits, undefined);
}

function openFake({ maxTokens, maxCost }: FakeBudgetLimits, parent: FakeBudget | undefined): FakeBudget {
  const used = { tokens: 0, input: 0, output: 0, cost: 0 };
  const held = { tokens: 0, cost: 0 };
  const snapshot = (): BudgetSnapshot => describe({ maxTokens, maxCost, used, held });
  const charge = ({ usage, tokens, cost }: BudgetUsage, estimate: typeof held): void => {
    used.tokens += tokens ?? (usage === undefined ? estimate.tokens : usage.input + usage.output);
    used.input += usage?.input ?? 0;
    used.output += usage?.output ?? 0;
    used.cost += cost ?? estimate.cost;
  };
  const fake: FakeBudget = {
    snapshot,
    takeWarning: () => undefined,
    child: (limits) => openFake(limits, fake),
    reserve({ tokens = 0, cost = 0 }) {
      const { tokensRemaining = Infinity, costRemaining = Infinity } = snapshot();
      if (tokens > tokensRemaining || cost > costRemaining) {
        throw new BudgetExhaustedError("The fake budget does not leave that much", { snapshot: snapshot() });
      }
      const above = parent?.reserve({ tokens, cost });
      held.tokens += tokens;
      held.cost += cost;
      let isOpen = true;
      const settle = (actual: BudgetUsage): void => {
        if (!isOpen) return;
        isOpen = false;
        held.tokens -= tokens;
        held.cost -= cost;
        charge(actual, { tokens, cost });
        above?.settle(actual);
      };
      return { settle, [Symbol.dispose]: () => settle({}) };
    },
  };
  return fake;
}

interface FakeState extends FakeBudgetLimits {
  readonly used: { readonly tokens: number; readonly input: number; readonly output: number; readonly cost: number };
  readonly held: { readonly tokens: number; readonly cost: number };
}

function describe({ maxTokens, maxCost, used, held }: FakeState): BudgetSnapshot {
  return {
    tokensUsed: used.tokens,
    inputTokensUsed: used.input,
    outputTokensUsed: used.output,
    costUsed: used.cost,
    turnsUsed: 0,
    toolCallsUsed: 0,
    wallMsUsed: 0,
    tokensReserved: held.tokens,
    costReserved: held.cost,
    maxTokens,
    maxCost,
    maxTurns: undefined,
    maxToolCalls: undefined,
    maxWallMs: undefined,
    tokensRemaining: maxTokens === undefined ? undefined : Math.max(0, maxTokens - used.tokens - held.tokens),
    costRemaining: maxCost === undefined ? undefined : Math.max(0, maxCost - used.cost - held.cost),
    turnsRemaining: undefined,
    toolCallsRemaining: undefined,
    wallMsRemaining: undefined,
    isDegraded: false,
  };
}
