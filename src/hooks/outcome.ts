import type { HookOutcome, HookVerdict, JsonObject } from "../spec/index.ts";

/** An outcome that is still being joined. */
export interface OpenOutcome {
  verdict: HookOutcome["verdict"];
  reason: string | undefined;
  args: JsonObject | undefined;
  readonly guidance: string[];
  readonly failures: string[];
}

/** The outcome before anybody said anything. */
export function openOutcome(): OpenOutcome {
  return { verdict: "proceed", reason: undefined, args: undefined, guidance: [], failures: [] };
}

/** Adds one verdict: the strictest counts and keeps its first reason. */
export function joinVerdict(outcome: OpenOutcome, verdict: HookVerdict): void {
  switch (verdict.type) {
    case "proceed":
      return;
    case "deny":
      outcome.verdict = "deny";
      outcome.reason = verdict.reason;
      return;
    case "ask":
      if (outcome.verdict === "proceed") outcome.reason = verdict.reason;
      outcome.verdict = "ask";
      return;
    case "modify":
      outcome.args = verdict.args;
      return;
    case "guide":
      outcome.guidance.push(verdict.text);
      return;
    default:
      verdict satisfies never;
  }
}

/** The outcome as the pipeline reads it. */
export function closeOutcome({ verdict, reason, args, guidance, failures }: OpenOutcome): HookOutcome {
  return {
    verdict,
    ...(reason === undefined ? {} : { reason }),
    ...(args === undefined ? {} : { args }),
    guidance,
    failures,
  };
}
