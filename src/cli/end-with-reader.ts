import type { Writable } from "node:stream";

import type { Run } from "../index.ts";

/** What a shell calls a program that a closed pipe ended. */
const CLOSED_PIPE = 141;

/** Ends the program when nobody reads it any more. */
export interface ReaderWatch {
  /** A run that is stopped in order instead, so that its session and record are whole. */
  holdRun(run: Pick<Run, "abort">): void;
  /** Whether output was lost for another reason than that its reader had gone, such as a full disk. */
  readonly hasFailed: boolean;
}

/**
 * Makes the program end quietly when the reader of its output has gone, as in `harness … | head`. A run is aborted and
 * ends by itself; everything else ends at once with exit code 141. Output that cannot be written for another reason is
 * told, and the program ends with exit code 1. Without a reader of `notes` it goes on silently.
 */
export function endWithReader(output: Writable, notes: Writable): ReaderWatch {
  const runs = new Set<Pick<Run, "abort">>();
  let hasFailed = false;
  output.on("error", (error: NodeJS.ErrnoException) => {
    const isGone = error.code === "EPIPE";
    if (!isGone && !hasFailed) notes.write(`harness: the output cannot be written: ${error.message}\n`);
    hasFailed ||= !isGone;
    if (runs.size === 0) process.exit(isGone ? CLOSED_PIPE : 1);
    const reason = isGone ? "Nobody reads the output any more" : "The output cannot be written";
    for (const run of runs) run.abort(new DOMException(reason, "AbortError"));
  });
  notes.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") hasFailed = true;
  });
  return {
    holdRun: (run) => void runs.add(run),
    get hasFailed() {
      return hasFailed;
    },
  };
}
