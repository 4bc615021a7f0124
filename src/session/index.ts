export type {
  Lease,
  LeaseRefusal,
  PendingApproval,
  SessionEvent,
  SessionEventBody,
  SessionEventData,
  SessionEventType,
  SessionStatus,
  SessionStore,
  SessionSummary,
  StoredEvent,
} from "../spec/index.ts";
export { memoryStore, type MemoryStoreOptions } from "./memory-store.ts";
export { checkSessionId } from "./session-id.ts";
export { sqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
export type { LeaseClock } from "./sqlite-leases.ts";
export type { JournalStop } from "./journal-writer.ts";
export { openJournal, type OpenedJournal, type OpenJournalOptions } from "./open-journal.ts";
export { loadSession, type LoadedSession } from "./load-session.ts";
export { createFold, type SessionFold } from "./fold-session.ts";
export { readEvent } from "./migrate-event.ts";
export {
  expireApprovals,
  openApprovals,
  type ApprovalReceipt,
  type Approvals,
  type OpenApprovalsOptions,
} from "./approvals.ts";
export { openSessions, type OpenSessionsOptions, type SessionReport, type Sessions } from "./sessions.ts";
export type { ForkOptions } from "./fork-session.ts";
export type { ImportOptions } from "./import-session.ts";
export type { SessionMatch } from "./search-sessions.ts";
