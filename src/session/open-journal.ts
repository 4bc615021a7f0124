import { HarnessError } from "../errors/index.ts";
import { faultpoint } from "../faults/index.ts";
import type { ApprovalAnswer, ApprovalRecord, Clock, Journal, Lease, SessionState } from "../spec/index.ts";
import { JournalWriter, type JournalStop } from "./journal-writer.ts";
import { findCall } from "./fold-session.ts";
import { judgeAnswer } from "./judge-answer.ts";
import { takeLease, type TakeLeaseOptions } from "./keep-lease.ts";
import { loadSession } from "./load-session.ts";

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
    const loaded = await loadSession(options.store, sessionId);
    return createJournal(new JournalWriter(lease, loaded, options), options);
  } catch (error) {
    await options.store.release(lease);
    throw error;
  }
}

function createJournal(writer: JournalWriter, { store, clock }: OpenJournalOptions): OpenedJournal {
  const { lease, keeper, state } = writer;
  const { sessionId } = lease;
  return {
    state,
    lease,
    epoch: lease.epoch,
    get events() {
      return writer.events;
    },
    record: (given, options = {}) => writer.append("length" in given ? given : [given], options),
    recall: (callId) => findCall(state, callId),
    answer: (callId, answer) => writer.inTurn(() => recordAnswer(writer, clock, { callId, answer })),
    assertHeld() {
      writer.throwIfLost();
      if (!keeper.isFresh()) throw writer.lose(ranOut(sessionId));
    },
    async until(isTrue, signal) {
      if (isTrue(state)) return;
      for await (const _event of store.subscribe(sessionId, { after: writer.events, signal })) {
        await writer.inTurn(() => writer.absorb());
        if (isTrue(state)) return;
      }
      signal.throwIfAborted();
      throw new HarnessError(`The store of session ${sessionId} was closed`, { code: "session_invalid" });
    },
    close: () => writer.close(),
  };
}

async function recordAnswer(
  writer: JournalWriter,
  clock: Clock,
  { callId, answer }: { readonly callId: string; readonly answer: ApprovalAnswer },
): Promise<ApprovalRecord | undefined> {
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
