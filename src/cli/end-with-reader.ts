import type { Writable } from "node:stream";

import type { Run } from "../index.ts";

/** What a shell calls a program that a closed pipe ended. */
const CLOSED_PIPE = 141;

/** Ends the program when nobody reads it any more. */
export interface ReaderWatch {
  /** A run that is stopped in order instead, so that its session and record are whole. */
  holdRun(run: Pick<Run, "abort">): void;
}

/**
 * Makes the program end quietly when the reader of its output has gone, as in `harness … | head`. A run is aborted and
 * ends by itself; everything else ends at once with exit code 141. Without a reader of `notes` it goes on silently.
 * Failures of other kinds are thrown, as they would be without this.
 */
export function endWithReader(output: Writable, notes: Writable): ReaderWatch {
  const runs = new Set<Pick<Run, "abort">>();
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (runs.size === 0) process.exit(CLOSED_PIPE);
    for (const run of runs) run.abort(new DOMException("Nobody reads the output any more", "AbortError"));
  });
  notes.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return { holdRun: (run) => void runs.add(run) };
}
