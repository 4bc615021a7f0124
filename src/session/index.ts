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
export { memoryStore } from "./memory-store.ts";
export { checkSessionId } from "./session-id.ts";
export { sqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
export type { LeaseClock } from "./sqlite-leases.ts";
