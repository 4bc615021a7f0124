import { HarnessError } from "../errors/index.ts";

/** What stops a run that is put aside: whoever resumes its session goes on with it. */
export function parked(sessionId: string): HarnessError {
  const message = `The harness was closed while the run was at work: resume session ${sessionId} to go on with it`;
  return new HarnessError(message, { code: "paused" });
}

/** Whether the reason of an abort is that the run is put aside. What is open then stays open: it is neither cancelled nor denied. */
export function isParked(reason: unknown): boolean {
  return HarnessError.isInstance(reason) && reason.code === "paused";
}
