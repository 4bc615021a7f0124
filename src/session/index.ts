export type { SessionEvent, SessionStore, SessionSummary } from "../spec/index.ts";
export { memoryStore } from "./memory-store.ts";
export { checkSessionId } from "./session-id.ts";
export { sqliteStore } from "./sqlite-store.ts";
