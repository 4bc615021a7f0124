import type { CheckScope, JsonObject, PreparedCall } from "../spec/index.ts";

/** How grave a violation is: `critical` denies, `high` and `medium` ask a person, `low` is only recorded. */
export type Severity = "critical" | "high" | "medium" | "low";

/** A constraint: something that a call must not do. */
export interface ConstraintRule {
  /** As people know it: "finance.no_financial_data_leakage". */
  readonly id: string;
  readonly severity: Severity;
  /** Why a call violates the rule and how to put it right; `undefined` when it does not. A throw counts as a violation. */
  check(call: ConstrainedCall): string | undefined;
}

/** A call as rules look at it. */
export interface ConstrainedCall {
  readonly call: PreparedCall;
  readonly args: JsonObject;
  /** Whether it can carry data out of this machine. */
  readonly sendsOut: boolean;
  /** Texts that it would write into files or databases. */
  readonly written: readonly WrittenText[];
  /** Every text among its arguments. */
  readonly texts: readonly string[];
  readonly scope: Pick<CheckScope, "cwd" | "labels">;
}

/** A text that is about to be written. */
export interface WrittenText {
  readonly text: string;
  /** The file that it goes into, where the call names one. */
  readonly path: string | undefined;
  /** It is all that the file will hold. */
  readonly isWhole: boolean;
}
