import type { KnownNames } from "../errors/index.ts";
import type { BudgetLimits } from "../spec/index.ts";

/** The names of all limits, and of what belongs to them; whoever takes them from a host refuses every other. */
export const LIMIT_NAMES: KnownNames<BudgetLimits> = {
  maxTokens: true,
  maxCost: true,
  maxTurns: true,
  maxToolCalls: true,
  maxWallMs: true,
  warnAt: true,
  onLimit: true,
  degradeAt: true,
  onUnknownCost: true,
  tellModel: true,
};
