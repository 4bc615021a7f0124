import { HarnessError } from "../errors/index.ts";
import type {
  Clock,
  Lease,
  RecordOptions,
  SessionEventBody,
  SessionState,
  SessionStore,
  StoredEvent,
} from "../spec/index.ts";
import type { SessionFold } from "./fold-session.ts";
import { keepLease, type LeaseKeeper } from "./keep-lease.ts";
import { writeState, type LoadedSession } from "./load-session.ts";
import { readEvent, toStored } from "./migrate-event.ts";

/** Why a journal wants its run to end. */
export type JournalStop =
  | { readonly type: "lost"; readonly error: HarnessError }
  | { readonly type: "cancelled"; readonly reason: string; readonly by: string };

/** Options of a `JournalWriter`. */
export interface JournalWriterOptions {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly onStop?: ((reason: JournalStop) => void) | undefined;
}

/** The one writer of a held session: appends, folds in what others wrote, keeps the lease and the snapshot. */
export class JournalWriter {
  readonly lease: Lease;
  readonly keeper: LeaseKeeper;
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #onStop: JournalWriterOptions["onStop"];
  readonly #fold: SessionFold;
  #position: number;
  #snapshotAt: number;
  #hasToldCancel = false;
  #lost: HarnessError | undefined;
  #isClosed = false;
  #inTurn = 0;
  /** One after another: what is recorded must stand on what was folded in before. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(lease: Lease, { fold, events, snapshotEvents }: LoadedSession, options: JournalWriterOptions) {
    this.lease = lease;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#onStop = options.onStop;
    this.#fold = fold;
    this.#position = events;
    this.#snapshotAt = snapshotEvents;
    this.keeper = keepLease(lease, {
      store: options.store,
      onLost: (error) => this.lose(error),
      onBeat: () => this.inTurn(() => this.absorb()),
    });
  }

  get state(): SessionState {
    return this.#fold.state;
  }

  get events(): number {
    return this.#position;
  }

  /** The session is not ours any more. The first reason counts. */
  lose(error: HarnessError): HarnessError {
    if (this.#lost !== undefined) return this.#lost;
    this.#lost = error;
    if (!this.#isClosed) this.#onStop?.({ type: "lost", error });
    return error;
  }

  throwIfLost(): void {
    if (this.#lost !== undefined) throw this.#lost;
    if (!this.#isClosed) return;
    throw new HarnessError(`The journal of session ${this.lease.sessionId} is closed`, { code: "session_invalid" });
  }

  inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#inTurn += 1;
    const done = this.#tail.then(work);
    const over = (): void => {
      this.#inTurn -= 1;
    };
    this.#tail = done.then(over, over);
    return done;
  }

  /** Appends events on top of whatever others wrote; at once, where nobody is before and the store need not be waited for. */
  append(bodies: readonly SessionEventBody[], options: RecordOptions): boolean | Promise<boolean> {
    const isDone = this.#inTurn === 0 ? this.#appendNow(bodies, options) : undefined;
    return isDone ?? this.inTurn(() => this.record(bodies, options));
  }

  /** Folds in what others wrote. Only in turn. */
  async absorb(): Promise<void> {
    const { sessionId } = this.lease;
    for await (const stored of this.#store.read(sessionId, { after: this.#position })) this.#foldIn(stored);
    const { cancel } = this.state;
    if (cancel === null || this.#hasToldCancel) return;
    this.#hasToldCancel = true;
    this.#onStop?.({ type: "cancelled", ...cancel });
  }

  /** Appends events on top of whatever others wrote meanwhile. Only in turn. */
  async record(bodies: readonly SessionEventBody[], { durable = false, unless }: RecordOptions): Promise<boolean> {
    for (;;) {
      this.throwIfLost();
      if (unless?.(this.state) === true) return false;
      await this.keeper.renewIfDue();
      const before = this.#position;
      try {
        await this.#append(bodies, durable);
        await this.#keepSnapshot();
        return true;
      } catch (error) {
        if (!HarnessError.isInstance(error)) throw error;
        if (error.code === "session_fenced") throw this.lose(error);
        if (error.code !== "session_conflict") throw error;
        await this.absorb();
        // Nobody wrote: the same would happen for ever.
        if (this.#position === before) throw error;
      }
    }
  }

  close(): Promise<void> {
    return this.#inTurn === 0 ? this.#close() : this.inTurn(() => this.#close());
  }

  async #close(): Promise<void> {
    this.keeper.stop();
    this.#isClosed = true;
    await this.#store.release(this.lease);
  }

  /** `undefined`: it cannot be done like this. */
  #appendNow(bodies: readonly SessionEventBody[], { durable = false, unless }: RecordOptions): boolean | undefined {
    const { append, snapshotEvery } = this.#store;
    if (append.now === undefined || snapshotEvery !== undefined) return undefined;
    if (this.#lost !== undefined || this.#isClosed) return undefined;
    if (this.keeper.isDue()) return undefined;
    if (unless?.(this.state) === true) return false;
    const { sessionId, epoch } = this.lease;
    const stored = this.#toStored(bodies);
    try {
      append.now(sessionId, this.#position, stored, { epoch, durable });
    } catch {
      // Nothing was kept: told, or put right, in turn.
      return undefined;
    }
    this.#foldOwn(bodies);
    return true;
  }

  #toStored(bodies: readonly SessionEventBody[]): readonly StoredEvent[] {
    const at = this.#clock.now();
    const stored: StoredEvent[] = [];
    for (const body of bodies) stored.push(toStored(body, at));
    return stored;
  }

  /** What this version wrote needs no migration. */
  #foldOwn(bodies: readonly SessionEventBody[]): void {
    this.#position += bodies.length;
    for (const body of bodies) this.#fold.apply(body);
  }

  async #append(bodies: readonly SessionEventBody[], durable: boolean): Promise<void> {
    const { sessionId, epoch } = this.lease;
    const stored = this.#toStored(bodies);
    await this.#store.append(sessionId, this.#position, stored, { epoch, durable });
    this.#foldOwn(bodies);
  }

  #foldIn(stored: StoredEvent): void {
    this.#position += 1;
    const event = readEvent(stored, this.lease.sessionId);
    if (event !== undefined) this.#fold.apply(event);
  }

  async #keepSnapshot(): Promise<void> {
    const { snapshotEvery } = this.#store;
    if (snapshotEvery === undefined || this.#position - this.#snapshotAt < snapshotEvery) return;
    const events = this.#position;
    await this.#store.saveSnapshot(this.lease.sessionId, { events, state: writeState(this.state) });
    this.#snapshotAt = events;
  }
}
