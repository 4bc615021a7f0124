import type { StopSource } from "../agent/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { Stores } from "./open-stores.ts";
import type { RunOptions } from "./run-options.ts";

/** What stops a run that is put aside: whoever resumes its session goes on with it. */
function parked(sessionId: string): HarnessError {
  const message = `The harness was closed while the run was at work: resume session ${sessionId} to go on with it`;
  return new HarnessError(message, { code: "paused" });
}

/** Stops a run whose harness is closed: what is kept beyond it waits for whoever resumes it, anything else is over. */
export async function putAside(
  sessionId: string,
  stop: StopSource,
  { stores, options }: { readonly stores: Stores; readonly options: RunOptions },
): Promise<void> {
  const isKept = await stores.outlives(options, sessionId).catch(() => false);
  const reason = isKept ? parked(sessionId) : closedBefore();
  stop.stop({ stopReason: isKept ? "paused" : "aborted", error: reason }, reason);
}

/** What a run ends with that its harness did not let begin, or that cannot be gone on with after it. */
export function closedBefore(): DOMException {
  return new DOMException("The harness was closed, and nothing of the run is kept", "AbortError");
}
