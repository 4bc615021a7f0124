import { HarnessError } from "../errors/index.ts";
import type { OpenedJournal } from "../session/index.ts";

/** A run that takes its process down each time does not get the next one, unless somebody wants it or wants it cancelled. */
export async function refuseStuck(
  sessionId: string,
  journal: OpenedJournal,
  { maxCrashes = 5, mayRetryStuck }: { readonly maxCrashes?: number | undefined; readonly mayRetryStuck: boolean },
): Promise<void> {
  const { run, beginnings, cancel } = journal.state;
  if (run === null || run.ended !== null || beginnings < maxCrashes || mayRetryStuck || cancel !== null) return;
  const { runId } = run.created;
  await journal.record({ type: "run-given-up", data: { runId, beginnings } }, { durable: true });
  throw new HarnessError(
    `The process died ${beginnings} times at work on session ${sessionId} without getting further: look at what it does there, then go on with retryStuck: true (harness -s ${sessionId} --retry-stuck), or cancel it`,
    { code: "session_stuck" },
  );
}
