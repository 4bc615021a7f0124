import type { Clock, Random } from "../spec/index.ts";

/** How a model is called again, and how long it may be silent. */
export interface ReliableModelOptions {
  /** Attempts after the first. @default 4 */
  readonly maxRetries?: number;
  /** Milliseconds before the first retry; doubled each time, with jitter. @default 1000 */
  readonly baseDelayMs?: number;
  /** The longest wait, also when the provider asks for more: then the error goes up instead. @default 60000 */
  readonly maxDelayMs?: number;
  /** Milliseconds until the first part. @default 300000 */
  readonly firstChunkMs?: number;
  /** Milliseconds between parts. @default 120000 */
  readonly chunkMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}
