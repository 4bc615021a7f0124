import type { ApprovalQuestion, JsonObject, PendingApproval, SessionStatus, StoredEvent } from "../spec/index.ts";

/** What a store keeps beside the events of a session, to be found without reading them. */
export interface SessionIndex {
  status: SessionStatus;
  title?: string | undefined;
  parent?: string | undefined;
  readonly approvals: QuestionIndex;
}

/** Questions that wait, by id. */
export interface QuestionIndex {
  has(id: string): boolean;
  open(id: string, approval: Omit<PendingApproval, "sessionId">): void;
  close(id: string): void;
}

/** Characters of a prompt that become the title of its session. */
const TITLE_CHARS = 200;

/**
 * Brings the index of a session up to date with an event. Every store calls it for each event, in the transaction that
 * keeps the event. Events that are not known change nothing.
 */
export function indexEvent({ type, at, data }: StoredEvent, index: SessionIndex): void {
  switch (type) {
    case "run-created":
      index.status = "runnable";
      index.parent = readText(data["parent"]) ?? index.parent;
      return;
    case "message-added":
      index.status = "runnable";
      index.title ??= readPrompt(data["message"]);
      return;
    case "run-ended":
      index.status = data["stopReason"] === "paused" ? waitingStatus(data, index) : "ended";
      return;
    case "run-given-up":
    case "session-imported":
      index.status = "suspended";
      return;
    case "approval-requested":
      return openApproval(data, at, index);
    case "approval-decided":
    case "approval-expired":
    case "approval-revoked":
      index.approvals.close(readText(data["id"]) ?? "");
      return wake(index);
    case "cancel-requested":
      return wake(index);
    case "steering-received":
      if (index.status === "ended") index.status = "runnable";
      return;
    case "session-forked":
      index.status = "ended";
      index.parent = undefined;
      return;
    case "session-renamed":
      index.title = readText(data["title"]);
      return;
    default:
      return;
  }
}

/** Somebody said something that a waiting run can go on with. */
function wake(index: SessionIndex): void {
  if (index.status === "suspended") index.status = "runnable";
}

/** An answer may come in between the question and the end of the run: then there is something to do already. */
function waitingStatus(data: JsonObject, index: SessionIndex): SessionStatus {
  const { waitsFor, isParked } = data;
  const waits = Array.isArray(waitsFor) ? waitsFor : [];
  if (waits.length === 0 && isParked === true) return "runnable";
  return waits.every((id) => index.approvals.has(readText(id) ?? "")) ? "suspended" : "runnable";
}

function openApproval({ callId, question }: JsonObject, at: number, { approvals }: SessionIndex): void {
  if (typeof question !== "object" || question === null || !("id" in question)) return;
  // Written by the journal, which takes such a question only.
  const asked = question as unknown as ApprovalQuestion;
  approvals.open(asked.id, { callId: readText(callId) ?? "", question: asked, requestedAt: at });
}

function readPrompt(message: unknown): string | undefined {
  if (typeof message !== "object" || message === null || !("role" in message) || message.role !== "user") return;
  if (!("content" in message) || !Array.isArray(message.content)) return undefined;
  const part: unknown = message.content.find((item: unknown) => typeof item === "object" && item && "text" in item);
  const text = typeof part === "object" && part !== null && "text" in part ? readText(part.text) : undefined;
  return text?.slice(0, TITLE_CHARS);
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
