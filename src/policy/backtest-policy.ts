import type { PolicyCall, PolicyEffect } from "./policy-decision.ts";
import type { PolicyEngine } from "./policy-engine.ts";

/** A call that was recorded, and what was decided then. */
export interface RecordedCall {
  readonly call: PolicyCall;
  /** What the policy answered then; `undefined` where that is not on record. */
  readonly before: PolicyEffect | "none" | undefined;
  /** Where it stands on record, for people: session and call. */
  readonly place: string;
}

/** A recorded call about which a policy answers otherwise than then. */
export interface PolicyChange {
  readonly recorded: RecordedCall;
  readonly after: PolicyEffect | "none";
  readonly rule?: string;
  readonly reason: string;
  /** The policy became stricter: it denies or asks where it did not. */
  readonly isStricter: boolean;
}

const STRICTNESS = { allow: 0, none: 1, ask: 2, deny: 3 } as const;

/** What a policy answers about a recorded call, where that differs from what was answered then. */
export function backtestCall(engine: PolicyEngine, recorded: RecordedCall): PolicyChange | undefined {
  const { effect, rule, reason, simulated } = engine.check(recorded.call);
  const after = simulated?.effect ?? effect;
  if (after === recorded.before) return undefined;
  const decidedBy = simulated?.rule ?? rule;
  return {
    recorded,
    after,
    reason: simulated?.reason ?? reason,
    isStricter: STRICTNESS[after] > STRICTNESS[recorded.before ?? "none"],
    ...(decidedBy === undefined ? {} : { rule: decidedBy }),
  };
}
