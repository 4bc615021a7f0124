import { HarnessError } from "../errors/index.ts";
import type { ChargedData, SessionEventBody, SessionState, StoredEvent } from "../spec/index.ts";
import { createFold } from "./fold-session.ts";
import { applyOrExplain } from "./load-session.ts";
import { readEvent, toStored } from "./migrate-event.ts";

/** What is known of a session that comes from elsewhere. */
export interface Received {
  readonly from: string;
  readonly target: string;
  readonly isForeign: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * What is added to the events of a session that comes from elsewhere, so that nothing happens here that nobody here
 * allowed: open questions are closed, answers to them are void, and no sweep goes on with it. A session that had come to
 * its end stays as it is. Throws code "session_invalid" for events that no journal has written.
 */
export function receiveSession(events: readonly StoredEvent[], received: Received): readonly StoredEvent[] {
  const { from, target, isForeign, at } = received;
  const fold = createFold();
  const open = new Map<string, string>();
  for (const [position, stored] of events.entries()) {
    const event = readEvent(stored, target);
    if (event === undefined) continue;
    applyOrExplain(fold, event, { sessionId: target, position });
    noteQuestion(event, open);
  }
  checkSpent(fold.state, target);
  const bodies: SessionEventBody[] = [];
  for (const [id, callId] of open) bodies.push({ type: "approval-revoked", data: { id, callId, by: "the import" } });
  if (isForeign) {
    const source = { kind: "untrusted", tool: "import", agent: "main", origin: `session ${from}` } as const;
    bodies.push({ type: "context-labelled", data: { sources: [source] } });
  }
  if (open.size > 0 || isUnfinished(fold.state)) bodies.push({ type: "session-imported", data: { from } });
  return bodies.map((body) => toStored(body, at));
}

function noteQuestion(event: SessionEventBody, open: Map<string, string>): void {
  switch (event.type) {
    case "approval-requested":
      open.set(event.data.question.id, event.data.callId);
      return;
    case "approval-decided":
    case "approval-expired":
    case "approval-revoked":
      open.delete(event.data.id);
      return;
    default:
      return;
  }
}

function isUnfinished({ openTurn, openModelCall, steering, run }: SessionState): boolean {
  if (openTurn !== null || openModelCall !== null || steering.length > 0) return true;
  return run !== null && (run.ended === null || run.ended.stopReason === "paused");
}

/** Less than nothing would be a budget that nobody gave. */
function checkSpent({ spent, spentBefore: { run, segment } }: SessionState, sessionId: string): void {
  if (isAtMost({ tokens: 0, cost: 0 }, run) && isAtMost(run, segment) && isAtMost(segment, spent)) return;
  throw new HarnessError(`Session ${sessionId} cannot be imported: what it says that it used makes no sense`, {
    code: "session_invalid",
  });
}

function isAtMost(less: ChargedData, more: ChargedData): boolean {
  return isLess(less.tokens, more.tokens) && (less.cost === null || more.cost === null || isLess(less.cost, more.cost));
}

/** An export may hold anything. */
function isLess(less: unknown, more: unknown): boolean {
  return typeof less === "number" && typeof more === "number" && less <= more && more < Number.POSITIVE_INFINITY;
}
