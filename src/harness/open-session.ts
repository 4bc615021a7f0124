import { createHistory, type History, type StopSource } from "../agent/index.ts";
import { HarnessError, ResumeMismatchError } from "../errors/index.ts";
import type { JournalStop, OpenedJournal } from "../session/index.ts";
// The file itself: the door would load the database before the first message.
import { openJournal } from "../session/open-journal.ts";
import type { ChargedData, Clock, Random, SessionEventBody, SessionState, SessionStore } from "../spec/index.ts";
import { settleSubagents } from "./settle-subagents.ts";

/** A session that a run writes to. */
export interface OpenedSession {
  readonly journal: OpenedJournal;
  readonly history: History;
  /** Messages that were there before: 0 for a new session. */
  readonly resumed: number;
  /** What the session's earlier runs used. */
  readonly spent: ChargedData;
  /** What of it was used by the run that goes on here: nothing when a new one begins. */
  readonly spentInRun: ChargedData;
  /** The run that goes on, or a new one. */
  readonly runId: string;
  /** Digests of what the agent is made of. */
  readonly definition: Readonly<Record<string, string>>;
  /** Somebody wanted the run that goes on here to end. */
  readonly cancel: SessionState["cancel"];
}

/** Options of `openSession`. */
export interface OpenSessionOptions {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly stop: StopSource;
  readonly overheadChars: number;
  /** Whether the session must be there, and whether it must have something to answer. */
  readonly expect: "anything" | "session" | "unanswered";
  /** Digests of what the agent is made of, by name. */
  readonly definition: Readonly<Record<string, string>>;
  /** Whether a run that was interrupted may go on with another definition. */
  readonly mayMigrate: boolean;
  readonly leaseMs?: number | undefined;
  readonly maxHeld?: number | undefined;
  readonly maxCrashes?: number | undefined;
  /** Whether to go on also with a run that died so often. */
  readonly mayRetryStuck: boolean;
}

/**
 * Opens a session: takes it for this run, and reads where it stands. Throws code "session_not_found", "session_invalid" or
 * "resume_mismatch" when the session is not as expected, "session_conflict" when another run has it.
 */
export async function openSession(sessionId: string, options: OpenSessionOptions): Promise<OpenedSession> {
  const { store, clock, random, stop, leaseMs, maxHeld, overheadChars } = options;
  const journal = await openJournal(sessionId, {
    store,
    clock,
    owner: random.id(),
    leaseMs,
    maxHeld,
    signal: stop.signal,
    onStop: (reason) => stopRun(stop, reason),
  });
  try {
    checkExpected(sessionId, journal, options);
    if (journal.events > 0) await settleBefore(sessionId, journal, options);
    const { state } = journal;
    const isSame = isUnfinished(state);
    return {
      journal,
      history: createHistory({ journal, overheadChars }),
      resumed: state.messages.length,
      spent: state.spent,
      spentInRun: isSame ? difference(state.spent, state.spentBefore.run) : { tokens: 0, cost: 0 },
      runId: isSame && state.run !== null ? state.run.created.runId : random.id(),
      definition: options.definition,
      cancel: isSame ? state.cancel : null,
    };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** Brings to an end what an earlier run left open. */
async function settleBefore(sessionId: string, journal: OpenedJournal, options: OpenSessionOptions): Promise<void> {
  // Only after a crash.
  if (journal.state.beginnings > 0) {
    const { refuseStuck } = await import("./refuse-stuck.ts");
    await refuseStuck(sessionId, journal, options);
  }
  await settleModelCall(journal);
  await settleSubagents(journal, options.store);
}

function stopRun(stop: StopSource, reason: JournalStop): void {
  if (reason.type === "lost") return stop.stop({ stopReason: "error", error: reason.error }, reason.error);
  const error = cancelled(reason);
  stop.stop({ stopReason: "aborted", error }, error);
}

/** What a run that somebody cancelled ends with. */
export function cancelled({ reason, by }: { readonly reason: string; readonly by: string }): DOMException {
  return new DOMException(`The run was cancelled by ${by}: ${reason}`, "AbortError");
}

function checkExpected(
  sessionId: string,
  { events, state }: OpenedJournal,
  { expect, definition, mayMigrate }: OpenSessionOptions,
): void {
  if (expect !== "anything" && events === 0) {
    const message = `There is no session ${sessionId}: begin one with run(), or name the store that holds it`;
    throw new HarnessError(message, { code: "session_not_found" });
  }
  if (expect === "unanswered" && isAnswered(state)) {
    const message = `Session ${sessionId} has nothing to answer: pass an input to go on with it`;
    throw new HarnessError(message, { code: "session_invalid" });
  }
  if (!mayMigrate && isUnfinished(state)) checkDefinition(sessionId, state, definition);
}

/** Whether the last run was interrupted: it never ended, or it waits for somebody. */
function isUnfinished({ run, openTurn }: SessionState): boolean {
  if (openTurn !== null) return true;
  return run !== null && (run.ended === null || run.ended.stopReason === "paused");
}

/** An answer of the model at the end leaves nothing to do, but for one that its vendor only interrupted. */
function isAnswered({ messages, openTurn, steering, run }: SessionState): boolean {
  if (openTurn !== null || steering.length > 0) return false;
  if (run?.ended?.stopReason === "paused") return false;
  const last = messages.at(-1);
  if (last === undefined || run?.ended?.stopReason === "end_turn") return true;
  // The process ended between the last answer and the end of its run.
  if (run !== null && run.ended === null) return false;
  return last.role === "assistant" && last.content.every(({ type }) => type === "text" || type === "reasoning");
}

/** Open calls were asked for, and approved, as the tools were then. */
function checkDefinition(sessionId: string, { run }: SessionState, now: Readonly<Record<string, string>>): void {
  const then = run?.created.definition ?? {};
  // A run that nobody else could go on with was not described.
  if (Object.keys(then).length === 0 || Object.keys(now).length === 0) return;
  const names = new Set([...Object.keys(then), ...Object.keys(now)]);
  const changed = [...names].filter((name) => then[name] !== now[name]);
  if (changed.length === 0) return;
  throw new ResumeMismatchError(
    `Session ${sessionId} was interrupted with other definitions of ${changed.join(", ")}: resume it with the same ones, or pass migrate: true to go on with the new ones`,
  );
}

/** Nobody knows what a model call used that never ended: all that was held for it. */
async function settleModelCall(journal: OpenedJournal): Promise<void> {
  const { openModelCall } = journal.state;
  if (openModelCall === null) return;
  const { turn, reserved } = openModelCall;
  const error = "The process ended before the answer was kept";
  const event: SessionEventBody = { type: "model-failed", data: { turn, error, charged: reserved } };
  await journal.record(event, { durable: true });
}

function difference(all: ChargedData, before: ChargedData): ChargedData {
  const cost = all.cost === null || before.cost === null ? null : Math.max(0, all.cost - before.cost);
  return { tokens: all.tokens - before.tokens, cost };
}
