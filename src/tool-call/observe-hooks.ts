import { raceSignal } from "../async/index.ts";
import { describeError } from "../errors/index.ts";
import type { HookEventName, HookEvents, HookOutcome } from "../spec/index.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** What is observed, and until when. */
export interface Observed<Name extends HookEventName> {
  readonly event: Name;
  readonly payload: HookEvents[Name];
  readonly signal: AbortSignal;
}

/** Tells hooks that only observe: what they do changes nothing, and what fails of them is told to the log. Never throws. */
export async function observeHooks<Name extends HookEventName>(
  { hooks, log }: Pick<ToolCallRun, "hooks" | "log">,
  { event, payload, signal }: Observed<Name>,
): Promise<void> {
  try {
    const outcome = await raceSignal(hooks.run(event, payload, { signal }), signal);
    tellFailures(outcome, log);
    // A failure that was to deny: here there is nothing to deny any more.
    if (outcome.verdict === "deny") log(`A hook of ${event} failed: ${outcome.reason ?? "no reason given"}`);
  } catch (error) {
    log(`A hook of ${event} failed: ${describeError(error)}`);
  }
}

/** Says which hooks failed whose failure counts for nothing: whoever relies on one must be able to know. */
export function tellFailures({ failures }: Pick<HookOutcome, "failures">, log: ToolCallRun["log"]): void {
  for (const failure of failures) log(failure);
}
