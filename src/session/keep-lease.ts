import { setTimeout as sleep } from "node:timers/promises";

import type { HarnessError } from "../errors/index.ts";
import type { Lease, SessionStore } from "../spec/index.ts";
import { fenced, held } from "./session-id.ts";

const DEFAULT_LEASE_MS = 30_000;

/** The longest pause before another look for a place among the sessions at work. */
const LONGEST_WAIT_MS = 1000;

/** Options of `takeLease`. */
export interface TakeLeaseOptions {
  readonly store: SessionStore;
  /** Unlike every other owner's. */
  readonly owner: string;
  /** Milliseconds after which another process may take the session over when this one is not heard of. @default 30000 */
  readonly leaseMs?: number | undefined;
  /** How many sessions of the tenant may be at work at once, in all processes. @default no limit */
  readonly maxHeld?: number | undefined;
  /** Stops waiting for a place among them. */
  readonly signal?: AbortSignal | undefined;
}

/** Takes the lease of a session. Waits for a place where too many are at work; throws code "session_conflict" when it is held. */
export async function takeLease(
  sessionId: string,
  { store, owner, leaseMs = DEFAULT_LEASE_MS, maxHeld, signal }: TakeLeaseOptions,
): Promise<Lease> {
  for (;;) {
    signal?.throwIfAborted();
    const limit = maxHeld === undefined ? {} : { maxHeld };
    const taken = await store.acquire(sessionId, { owner, ttlMs: leaseMs, ...limit });
    if ("epoch" in taken) return taken;
    if (taken.refused === "held") throw held(sessionId, taken.heldBy);
    const pause = Math.max(20, Math.min(taken.heldMs, LONGEST_WAIT_MS) * Math.random());
    await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}

/** Keeps a lease alive. */
export interface LeaseKeeper {
  /** Whether more than a third of the time is over. */
  isDue(): boolean;
  /** Renews when it is due. */
  renewIfDue(): Promise<void>;
  /** Whether more than a fifth of the time is left, by a clock of this process that never jumps. */
  isFresh(): boolean;
  stop(): void;
}

/** Options of `keepLease`. */
export interface KeepLeaseOptions {
  readonly store: SessionStore;
  readonly onLost: (error: HarnessError) => unknown;
  /** Called with every beat of the timer, to look at what others wrote. */
  readonly onBeat: () => Promise<void>;
}

/** Renews a lease three times in its life, as long as the process is there to do it. */
export function keepLease(lease: Lease, options: KeepLeaseOptions): LeaseKeeper {
  return new KeptLease(lease, options);
}

class KeptLease implements LeaseKeeper {
  readonly #lease: Lease;
  readonly #options: KeepLeaseOptions;
  readonly #timer: NodeJS.Timeout;
  #renewedAt = performance.now();
  #isStopped = false;

  constructor(lease: Lease, options: KeepLeaseOptions) {
    this.#lease = lease;
    this.#options = options;
    this.#timer = setInterval(() => void this.#beat(), lease.ttlMs / 3);
    // A run keeps its process alive by itself.
    this.#timer.unref();
  }

  isDue(): boolean {
    return performance.now() - this.#renewedAt > this.#lease.ttlMs / 3;
  }

  isFresh(): boolean {
    return performance.now() - this.#renewedAt < this.#lease.ttlMs * 0.8;
  }

  async renewIfDue(): Promise<void> {
    if (!this.isDue()) return;
    const { store, onLost } = this.#options;
    // Before the store counts: what is left is rather less than more.
    const at = performance.now();
    if (!(await store.renew(this.#lease))) throw onLost(fenced(this.#lease.sessionId));
    this.#renewedAt = at;
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    try {
      await this.renewIfDue();
      // A store takes its time: what it answers after the end is nobody's business.
      if (!this.#isStopped) await this.#options.onBeat();
    } catch {
      // A loss was told by `onLost`; a store that cannot be reached now shows at the next record, before anything happens.
    }
  }
}
