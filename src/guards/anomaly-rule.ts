import type { GuardAction } from "../spec/index.ts";

/** A rule about how an agent behaves. */
export type AnomalyRule =
  | RateRule
  | {
      /** Share of tool calls and model calls that failed. */
      readonly rule: "error_rate";
      /** Above 0, at most 1. */
      readonly above: number;
      /** The last calls that are looked at; fewer say nothing. @default 20 */
      readonly calls?: number;
      readonly action: GuardAction;
    };

/** A rule about a rate in a minute: above a number, or far above what the agent itself is used to. */
export interface RateRule {
  /** Tool calls and model calls, or USD. */
  readonly rule: "calls_per_minute" | "spend_per_minute";
  /** The rate that is too much, whoever it is. */
  readonly above?: number;
  /** How many times its own baseline is too much. Counts once the baseline is old enough. */
  readonly timesBaseline?: number;
  readonly action: GuardAction;
}

/** What an agent is used to, learned minute by minute from minutes in which it worked. */
export interface Baseline {
  readonly callsPerMinute: number;
  readonly usdPerMinute: number;
  /** Minutes that it was learned from. */
  readonly minutes: number;
}

/** Minutes of work from which on a baseline says something. */
export const GROWN_UP = 5;

/** Throws a `TypeError` or `RangeError` for a rule that could never or would always trip. */
export function checkRule(rule: AnomalyRule): AnomalyRule {
  if (!["warn", "pause", "stop"].includes(rule.action)) {
    throw new TypeError(`The rule "${rule.rule}" needs an action: "warn", "pause" or "stop"`);
  }
  switch (rule.rule) {
    case "error_rate":
      if (!(rule.above > 0 && rule.above <= 1)) throw new RangeError(`error_rate: above must be above 0 and at most 1`);
      return rule;
    case "calls_per_minute":
    case "spend_per_minute":
      if (rule.above === undefined && rule.timesBaseline === undefined) {
        throw new TypeError(`The rule "${rule.rule}" needs above or timesBaseline`);
      }
      if ((rule.above ?? 1) <= 0) throw new RangeError(`${rule.rule}: above must be above 0`);
      if ((rule.timesBaseline ?? 2) <= 1) throw new RangeError(`${rule.rule}: timesBaseline must be above 1`);
      return rule;
    default:
      throw new TypeError(`Unknown rule ${JSON.stringify(rule satisfies never)}`);
  }
}
