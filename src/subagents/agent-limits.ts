/** Limits on all sub-agents of a run. */
export interface AgentLimits {
  /** So many work at the same time on each level; the others wait. @default 5 */
  readonly maxParallel?: number;
  /** How deep agents may ask agents: 1 = a sub-agent has no sub-agents. @default 2 */
  readonly maxDepth?: number;
  /** Share of what the parent has left that one child may use, above 0 up to 1. @default 0.5 */
  readonly budgetShare?: number;
  /** Milliseconds for one child, where its definition sets nothing shorter. @default 1800000 */
  readonly timeoutMs?: number;
}

/** Every limit, with defaults. Throws a `RangeError` for one that makes no sense. */
export function readLimits(limits: AgentLimits = {}): Required<AgentLimits> {
  const { maxParallel = 5, maxDepth = 2, budgetShare = 0.5, timeoutMs = 1_800_000 } = limits;
  for (const [name, value] of Object.entries({ maxParallel, maxDepth, timeoutMs })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`agentLimits.${name} must be a whole number of at least 1, not ${String(value)}`);
  }
  if (!(budgetShare > 0 && budgetShare <= 1)) {
    throw new RangeError(`agentLimits.budgetShare must be above 0 and up to 1, not ${String(budgetShare)}`);
  }
  return { maxParallel, maxDepth, budgetShare, timeoutMs };
}
