import { loadOnce } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import { faultpoint } from "../faults/index.ts";
import type {
  ApprovalAnswer,
  ApprovalRecord,
  CallRecord,
  Clock,
  Journal,
  Lease,
  RecordOptions,
  SessionEventBody,
  SessionState,
} from "../spec/index.ts";
import { JournalWriter, type JournalStop } from "./journal-writer.ts";
import { findCall } from "./fold-session.ts";
import { takeLease, type TakeLeaseOptions } from "./keep-lease.ts";
import { loadSession, newSession } from "./load-session.ts";

/** Options of `openJournal`. */
export interface OpenJournalOptions extends TakeLeaseOptions {
  readonly clock: Clock;
  /** Called when the run must stop: another owner has the session, or somebody wants it cancelled. */
  readonly onStop?: ((reason: JournalStop) => void) | undefined;
}

/** A journal that is held. `close` gives the session free; afterwards nothing can be recorded. */
export interface OpenedJournal extends Journal {
  /** How many events the session holds. */
  readonly events: number;
  readonly lease: Lease;
  close(): Promise<void>;
}

/**
 * Takes a session for this process and opens its journal. Throws code "session_conflict" when somebody else works on it
 * and "session_invalid" when it cannot be read.
 */
export async function openJournal(sessionId: string, options: OpenJournalOptions): Promise<OpenedJournal> {
  const lease = await takeLease(sessionId, options);
  faultpoint("lease-taken");
  try {
    const loaded = lease.isNew === true ? newSession() : await loadSession(options.store, sessionId);
    return new SessionJournal(new JournalWriter(lease, loaded, options), options);
  } catch (error) {
    await options.store.release(lease);
    throw error;
  }
}

class SessionJournal implements OpenedJournal {
  readonly state: SessionState;
  readonly lease: Lease;
  readonly epoch: number;
  readonly #writer: JournalWriter;
  readonly #options: OpenJournalOptions;

  constructor(writer: JournalWriter, options: OpenJournalOptions) {
    this.state = writer.state;
    this.lease = writer.lease;
    this.epoch = writer.lease.epoch;
    this.#writer = writer;
    this.#options = options;
  }

  get events(): number {
    return this.#writer.events;
  }

  record(
    events: SessionEventBody | readonly SessionEventBody[],
    options: RecordOptions = {},
  ): boolean | Promise<boolean> {
    return this.#writer.append("length" in events ? events : [events], options);
  }

  recall(callId: string): CallRecord | undefined {
    return findCall(this.state, callId);
  }

  answer(callId: string, answer: ApprovalAnswer): Promise<ApprovalRecord | undefined> {
    return this.#writer.inTurn(() => recordAnswer(this.#writer, this.#options.clock, { callId, answer }));
  }

  assertHeld(): void {
    this.#writer.throwIfLost();
    if (!this.#writer.keeper.isFresh()) throw this.#writer.lose(ranOut(this.lease.sessionId));
  }

  async until(isTrue: (state: SessionState) => boolean, signal: AbortSignal): Promise<void> {
    if (isTrue(this.state)) return;
    const { sessionId } = this.lease;
    for await (const _event of this.#options.store.subscribe(sessionId, { after: this.events, signal })) {
      await this.#writer.inTurn(() => this.#writer.absorb());
      if (isTrue(this.state)) return;
    }
    signal.throwIfAborted();
    throw new HarnessError(`The store of session ${sessionId} was closed`, { code: "session_invalid" });
  }

  close(): Promise<void> {
    return this.#writer.close();
  }
}

/** Most runs are never answered anything. */
const loadJudge = loadOnce(() => import("./judge-answer.ts"));

async function recordAnswer(
  writer: JournalWriter,
  clock: Clock,
  { callId, answer }: { readonly callId: string; readonly answer: ApprovalAnswer },
): Promise<ApprovalRecord | undefined> {
  const { judgeAnswer } = await loadJudge();
  for (;;) {
    const call = findCall(writer.state, callId);
    const approval = call?.approval ?? undefined;
    if (call === undefined || approval === undefined) return undefined;
    const judged = judgeAnswer({ callId, approval, answer, now: clock.now() });
    if (judged.type !== "recorded") return approval;
    // Whoever decided meanwhile was first: then the question is looked at again.
    const unless = (state: SessionState): boolean => findCall(state, callId)?.approval !== approval;
    if (await writer.record(judged.events, { durable: true, unless })) {
      return findCall(writer.state, callId)?.approval ?? undefined;
    }
  }
}

function ranOut(sessionId: string): HarnessError {
  return new HarnessError(
    `The lease of session ${sessionId} ran out because this process was held up: another one may have it; resume the session`,
    { code: "session_fenced" },
  );
}
