import type { SessionStore } from "../spec/index.ts";
import { CHAIN_START, linkHash } from "./event-chain.ts";

/** What the first line of an export says. */
export const EXPORT_FORMAT = "harness-session";
export const EXPORT_VERSION = 1;

/** Writes a session as lines of JSON: a head, each event with the hash that chains it to the one before, and an end. */
export async function* exportSession(store: SessionStore, sessionId: string): AsyncGenerator<string> {
  yield JSON.stringify({ format: EXPORT_FORMAT, version: EXPORT_VERSION, sessionId });
  let hash = CHAIN_START;
  let events = 0;
  for await (const { v, type, at, data } of store.read(sessionId)) {
    hash = linkHash(hash, { v, type, at, data: JSON.stringify(data) });
    yield JSON.stringify({ seq: events, v, type, at, data, hash });
    events += 1;
  }
  // Without it nobody could tell that lines at the end are missing.
  yield JSON.stringify({ end: events, head: hash });
}
