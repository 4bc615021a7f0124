/** The port to time, so that a run can be replayed and tested. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds of a clock that never goes back. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with `signal.reason` on abort. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The port to randomness. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A new id: letters, digits, "-" and "_", unguessable by default. */
  id(): string;
}
