import type { Readable } from "node:stream";

import type { Run } from "../index.ts";

/** How a run is stopped by something else than the person. */
export interface RunStop {
  /** Puts a run aside whose session is kept, so that it can be gone on with; aborts any other. */
  putAside(reason: string): void;
}

/** The program's surroundings. */
export interface CliContext {
  readonly argv: readonly string[];
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person sits at the terminal and can be asked. */
  readonly isInteractive: boolean;
  /** Gets the run, to stop it on a signal of the system. */
  readonly onRun?: (run: Run, stop: RunStop) => void;
}
