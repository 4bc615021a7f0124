import type { ContextLabels } from "./labels.ts";
import type { PreparedCall } from "./tool-call.ts";

/**
 * The port to a question of the gate. Answers about one prepared call; must not change anything. A check that throws,
 * hangs or answers in an unknown form is a denial.
 */
export interface Check {
  /** Content hash of what it decides by: goes into approvals and the record. */
  readonly version?: string | undefined;
  check(call: PreparedCall, scope: CheckScope): CheckAnswer | Promise<CheckAnswer>;
}

/** Where a call happens. */
export interface CheckScope {
  readonly cwd: string;
  readonly sessionId: string;
  readonly agent: string;
  /** What came into the agent's context so far. */
  readonly labels: ContextLabels;
  /** Whether anybody can answer an `ask`. */
  readonly canAsk: boolean;
  readonly signal: AbortSignal;
}

/** A check's answer. `none`: the check has no opinion. */
export interface CheckAnswer {
  readonly effect: "allow" | "ask" | "deny" | "none";
  /**
   * `rule`: someone wrote it for such calls. `default`: what holds when nobody did. Rules go before defaults; among
   * equals deny > ask > allow. A denial is final in either.
   */
  readonly basis: "rule" | "default";
  readonly rule?: string;
  readonly reason: string;
  /** What a simulated policy would have answered; it counts for nothing but the record. */
  readonly simulated?: { readonly effect: "allow" | "ask" | "deny"; readonly rule?: string; readonly reason: string };
  /** How dangerous the call is, where the check knows. */
  readonly risk?: RiskLevel;
  /** Why it is that dangerous; the gravest first. */
  readonly riskReasons?: readonly string[];
}

/** How dangerous a call is. `block`: never executed. */
export type RiskLevel = "low" | "medium" | "high" | "block";

/** The questions in the order in which a call meets them; leaving one out does not compile. */
export interface Gate {
  readonly policy: Check;
  readonly permission: Check;
  /** Information flow: whether what the context holds may meet what the call does. */
  readonly taint: Check;
  /** What a line of business, a form or safe code demands. */
  readonly constraints: Check;
  readonly risk: Check;
}
