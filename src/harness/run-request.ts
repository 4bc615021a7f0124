import type { ContentPart } from "../spec/index.ts";
import type { RunControls } from "./create-run.ts";
import type { RunOptions } from "./run-options.ts";

/** One run on wired modules. */
export interface RunRequest {
  /** `undefined`: go on with what the session holds. */
  readonly prompt: readonly ContentPart[] | undefined;
  readonly sessionId: string;
  /** Whether the session must be there already. */
  readonly isResumed: boolean;
  readonly options: RunOptions;
  readonly controls: RunControls;
}
