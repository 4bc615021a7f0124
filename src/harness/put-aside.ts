import type { StopSource } from "../agent/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { Run } from "./create-run.ts";
import type { Stores } from "./open-stores.ts";
import type { RunOptions } from "./run-options.ts";

/** What stops a run that is put aside: whoever resumes its session goes on with it. */
function parked(sessionId: string): HarnessError {
  const message = `The harness was closed while the run was at work: resume session ${sessionId} to go on with it`;
  return new HarnessError(message, { code: "paused" });
}

/** A run that is at work, and what stops it. */
export interface ActiveRun {
  readonly stop: StopSource;
  readonly options: RunOptions;
}

/**
 * Stops the runs of a harness that is closed, and waits for their ends: what is kept beyond the harness waits for whoever
 * resumes it, anything else is over.
 */
export async function putAside(active: ReadonlyMap<Run, ActiveRun>, stores: Stores): Promise<void> {
  const ends = [...active].map(async ([run, { stop, options }]) => {
    const isKept = await stores.outlives(options, run.sessionId).catch(() => false);
    const reason = isKept ? parked(run.sessionId) : closedBefore();
    stop.stop({ stopReason: isKept ? "paused" : "aborted", error: reason }, reason);
    await run.result;
  });
  await Promise.all(ends);
}

/** What a run ends with that its harness did not let begin, or that cannot be gone on with after it. */
export function closedBefore(): DOMException {
  return new DOMException("The harness was closed, and nothing of the run is kept", "AbortError");
}
