import type { Result } from "../spec/index.ts";

/** Codes of errors that say: the program was called, or is configured, in a way that cannot be meant. */
const USAGE_CODES = ["config_invalid", "policy_invalid", "model_not_found", "options_invalid", "session_invalid"];

/** Whether an error of this code is one of usage or configuration. */
export function isUsageCode(code: string): boolean {
  return USAGE_CODES.includes(code);
}

/** The exit code of a run, as `--help` lists them. */
export function exitCodeOf({ stopReason, error }: Result): number {
  switch (stopReason) {
    case "end_turn":
      return 0;
    case "max_turns":
    case "max_tokens":
    case "budget_exhausted":
    case "timeout":
    case "stalled":
      return 3;
    case "refusal":
      return 4;
    case "paused":
      return 5;
    case "aborted":
      return 130;
    case "error":
      return isUsageCode(error?.code ?? "") ? 2 : 1;
    default:
      return stopReason satisfies never;
  }
}
