import type { SandboxOptions } from "./sandbox-options.ts";

/** Options of `createSandboxPool`: those of a sandbox, but for its place, and how many are kept. */
export interface SandboxPoolOptions extends Omit<SandboxOptions, "cwd"> {
  /** Sandboxes that are kept ready. @default 2 */
  readonly size?: number;
  /** Milliseconds after which a ready one is replaced. @default 600000 */
  readonly maxAgeMs?: number;
  /** A ready one that was last tried longer ago is tried again before it is given out. @default 30000 */
  readonly maxUntriedMs?: number;
  /**
   * What becomes of one that is given back. "discard": it is removed, so that nothing of a session meets another. "clean":
   * every process of it is ended, its workspace and temporary folder are emptied, and it is used again. @default "discard"
   */
  readonly reset?: "discard" | "clean";
  /** Puts into a new or emptied workspace what every session begins with. */
  readonly prepare?: (cwd: string) => Promise<void>;
}
