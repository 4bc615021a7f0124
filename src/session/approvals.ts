import { describeUnreadAnswer, HarnessError } from "../errors/index.ts";
import type {
  ApprovalAnswer,
  ApprovalRecord,
  Clock,
  PendingApproval,
  SessionEventBody,
  SessionStore,
} from "../spec/index.ts";
import { foldApproval, isApprovalEvent } from "./fold-approval.ts";
import type { MutableCall } from "./fold-call.ts";
import { findCall } from "./fold-session.ts";
import { judgeAnswer } from "./judge-answer.ts";
import { loadSession } from "./load-session.ts";
import { readEvent, toStored } from "./migrate-event.ts";

/** What became of an answer. */
export interface ApprovalReceipt {
  /** `decided`: by this answer · `counted`: others must approve, too · `closed`: somebody was first, or it was too late. */
  readonly status: "decided" | "counted" | "closed";
  /** What counts; `undefined` while the question waits. */
  readonly decision: "approve" | "deny" | undefined;
  readonly approver?: string;
  /** How many people must still approve. */
  readonly missing: number;
}

/** The questions of a store's sessions, for any process that can open it: the run that asked need not be there. */
export interface Approvals {
  /** Those that wait, the oldest first. */
  list(): Promise<readonly PendingApproval[]>;
  /**
   * Answers a question. The first decision counts, whoever gives it: the same again changes nothing, and another one gets
   * to know what counts. Throws code "session_not_found" for a question that there is not, "approval_refused" for an
   * answer that cannot count, and a `TypeError` for one in an unknown form.
   */
  decide(id: string, answer: ApprovalAnswer | "approve" | "deny"): Promise<ApprovalReceipt>;
  /** Takes an approval back that was not used yet. Throws code "approval_refused" when it is too late for that. */
  revoke(id: string, by: string): Promise<void>;
}

/** Options of `openApprovals`. */
export interface OpenApprovalsOptions {
  readonly clock: Clock;
}

/** Opens the questions of a store. */
export function openApprovals(store: SessionStore, { clock }: OpenApprovalsOptions): Approvals {
  const change = async (
    id: string,
    judge: (asked: Asked) => readonly SessionEventBody[] | undefined,
  ): Promise<Asked> => {
    for (;;) {
      const { asked, events } = await findAsked(store, id);
      const bodies = judge(asked);
      if (bodies === undefined) return asked;
      if (await appendOutside(store, asked.sessionId, { expect: events, bodies, at: clock.now() })) {
        return (await findAsked(store, id)).asked;
      }
    }
  };
  return {
    list: () => store.pendingApprovals(),
    async decide(id, given) {
      const answer = checkAnswer(given);
      let isOwn = false;
      const asked = await change(id, ({ callId, approval }) => {
        isOwn = false;
        const judged = judgeAnswer({ callId, approval, answer, now: clock.now() });
        if (judged.type === "refused") throw refused(`The answer to ${id} does not count: ${judged.reason}`);
        if (judged.type === "closed") return undefined;
        isOwn = true;
        return judged.events;
      });
      return toReceipt(asked.approval, isOwn);
    },
    async revoke(id, by) {
      await change(id, ({ callId, approval, isUsed }) => {
        if (approval.decision === null) throw refused(`The question ${id} is not answered yet: deny it`);
        if (approval.decision.decision === "deny" || approval.revokedBy !== null) return undefined;
        if (isUsed) throw refused(`The approval ${id} was used already: its call has begun`);
        return [{ type: "approval-revoked", data: { id, callId, by } }];
      });
    },
  };
}

/** Denies what nobody answered in time, so that the runs that wait can go on. */
export async function expireApprovals(store: SessionStore, options: OpenApprovalsOptions): Promise<void> {
  const now = options.clock.now();
  for (const { question } of await store.pendingApprovals()) {
    if (question.expiresAt === undefined || question.expiresAt >= now) continue;
    // Whatever is answered now comes too late.
    await openApprovals(store, options).decide(question.id, "deny");
  }
}

/** A question in its session. */
interface Asked {
  readonly sessionId: string;
  readonly callId: string;
  readonly approval: ApprovalRecord;
  /** The call began after the approval. */
  readonly isUsed: boolean;
}

async function findAsked(store: SessionStore, id: string): Promise<{ readonly asked: Asked; readonly events: number }> {
  const found = await store.findApproval(id);
  if (found === undefined) throw notFound(id);
  const { sessionId, callId } = found;
  const { fold, events } = await loadSession(store, sessionId);
  const call = findCall(fold.state, callId);
  if (call?.approval?.question.id === id) {
    const isUsed = call.intent !== null && !call.isUnknown;
    return { asked: { sessionId, callId, approval: call.approval, isUsed }, events };
  }
  // Its turn is over: the events still tell who decided.
  const approval = await readEnded(store, sessionId, id);
  if (approval === undefined) throw notFound(id);
  return { asked: { sessionId, callId, approval, isUsed: true }, events };
}

/** A question whose call has its result. One that was never answered is over, too. */
async function readEnded(store: SessionStore, sessionId: string, id: string): Promise<ApprovalRecord | undefined> {
  const call: Pick<MutableCall, "approval"> = { approval: null };
  for await (const stored of store.read(sessionId)) {
    if (!stored.type.startsWith("approval-")) continue;
    const event = readEvent(stored, sessionId);
    if (event === undefined || !isApprovalEvent(event)) continue;
    if (event.type === "approval-requested" ? event.data.question.id === id : event.data.id === id) {
      foldApproval(call, event);
    }
  }
  const { approval } = call;
  const isOpen = approval?.decision === null && approval.revokedBy === null;
  return approval !== null && isOpen ? { ...approval, isExpired: true } : (approval ?? undefined);
}

/** Appends what somebody says from outside; `false` when somebody else was first. */
export async function appendOutside(
  store: SessionStore,
  sessionId: string,
  {
    expect,
    bodies,
    at,
  }: { readonly expect: number; readonly bodies: readonly SessionEventBody[]; readonly at: number },
): Promise<boolean> {
  const events = bodies.map((body) => toStored(body, at));
  try {
    await store.append(sessionId, expect, events);
    return true;
  } catch (error) {
    if (HarnessError.isInstance(error) && error.code === "session_conflict") return false;
    throw error;
  }
}

function toReceipt(
  { question, votes, decision, isExpired, revokedBy }: ApprovalRecord,
  isOwn: boolean,
): ApprovalReceipt {
  if (isExpired || revokedBy !== null) return { status: "closed", decision: "deny", missing: 0 };
  if (decision === null) {
    return { status: "counted", decision: undefined, missing: (question.quorum ?? 1) - votes.length };
  }
  const by = decision.approver === undefined ? {} : { approver: decision.approver };
  return { status: isOwn ? "decided" : "closed", decision: decision.decision, ...by, missing: 0 };
}

function checkAnswer(given: unknown): ApprovalAnswer {
  const answer = typeof given === "string" ? { decision: given } : given;
  if (typeof answer === "object" && answer !== null && "decision" in answer) {
    // The rest is judged by the rules of the question.
    const unread = describeUnreadAnswer(answer);
    if (unread !== undefined) throw new TypeError(`An approval could not be meant: ${unread}`);
    if (answer.decision === "approve" || answer.decision === "deny") return answer as ApprovalAnswer;
  }
  throw new TypeError('An answer is "approve" or "deny", or { decision, feedback, approver, resolution }');
}

function refused(message: string): HarnessError {
  return new HarnessError(message, { code: "approval_refused" });
}

function notFound(id: string): HarnessError {
  return new HarnessError(`There is no question with the id ${JSON.stringify(id.slice(0, 80))}`, {
    code: "session_not_found",
  });
}
