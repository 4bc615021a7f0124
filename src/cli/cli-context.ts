import type { Readable } from "node:stream";

import type { Run } from "../index.ts";

/** The program's surroundings. */
export interface CliContext {
  readonly argv: readonly string[];
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person sits at the terminal and can be asked. */
  readonly isInteractive: boolean;
  /** Gets the run, to abort it on a signal of the system. */
  readonly onRun?: (run: Run) => void;
}
