import type { Decision, JsonObject, PreparedCall, Reservation, RiskLevel, ToolOutcome } from "../spec/index.ts";
import type { Guidance } from "./guidance.ts";

/** A call that ended before its effect. */
export interface Ended {
  readonly type: "ended";
  readonly outcome: ToolOutcome;
  readonly decision: Decision;
  readonly guidance: readonly Guidance[];
}

/** Step 1 is done: the tool is known and the arguments are frozen. */
export interface Prepared {
  readonly type: "prepared";
  readonly call: PreparedCall;
  /** A hook wants a person to look at the call. */
  readonly ask: Decision | undefined;
  readonly guidance: readonly Guidance[];
}

/** Step 2 is done: nobody denied the call. */
export interface Checked {
  readonly type: "checked";
  readonly call: PreparedCall;
  /** `allow`, or `ask` when a person must decide. */
  readonly decision: Decision;
  /** A question of the gate whose answer nobody wrote: what holds by default. */
  readonly isDefault: boolean;
  readonly risk: RiskLevel;
  readonly riskReasons: readonly string[];
  readonly guidance: readonly Guidance[];
}

/** A person approved the call with other arguments: they are to be judged. */
export interface Edited {
  readonly type: "edited";
  readonly args: JsonObject;
  readonly decision: Decision;
  readonly guidance: readonly Guidance[];
}

/** Step 3 is done: the call may run. */
export interface Approved {
  readonly type: "approved";
  readonly call: PreparedCall;
  readonly decision: Decision;
  readonly guidance: readonly Guidance[];
}

/** Step 4 is done: the call can be paid. */
export interface Reserved {
  readonly type: "reserved";
  readonly reservation: Reservation;
}

/** Nobody needs to be asked. */
export function approve({ call, decision, guidance }: Checked): Approved {
  return { type: "approved", call, decision, guidance };
}

/** Ends a call with a denial. */
export function deny(decision: Omit<Decision, "effect">, guidance: readonly Guidance[] = []): Ended {
  const denial: Decision = { ...decision, effect: "deny" };
  return { type: "ended", outcome: { type: "denied", decision: denial }, decision: denial, guidance };
}

/** Ends a call that the model asked for in a way that cannot be executed: it reads the reason and may try again. */
export function reject(reason: string): Ended {
  const decision: Decision = { effect: "deny", layer: "input", reason };
  return { type: "ended", outcome: { type: "failed", reason }, decision, guidance: [] };
}

/** Why a call ended that was never at work. */
export const NOT_BEGUN = "The run was stopped before the call began";

/** How a call ended whose tool did not begin since the run was stopped. */
export const DID_NOT_BEGIN: ToolOutcome = Object.freeze({ type: "cancelled", reason: NOT_BEGUN });

/** Ends a call because the run ends. */
export function cancel(reason: string): Ended {
  const decision: Decision = { effect: "deny", layer: "run", reason };
  return { type: "ended", outcome: { type: "cancelled", reason }, decision, guidance: [] };
}
