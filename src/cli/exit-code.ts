import type { Result } from "../spec/index.ts";

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
      return error?.code === "config_invalid" || error?.code === "policy_invalid" ? 2 : 1;
    default:
      return stopReason satisfies never;
  }
}
