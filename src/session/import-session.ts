import { HarnessError } from "../errors/index.ts";
import type { JsonObject, SessionStore, StoredEvent } from "../spec/index.ts";
import { CHAIN_START, linkHash } from "./event-chain.ts";
import { EXPORT_FORMAT, EXPORT_VERSION } from "./export-session.ts";
import { receiveSession } from "./receive-session.ts";
import { checkSessionId } from "./session-id.ts";

/** Options of `importSession`. */
export interface ImportOptions {
  /** Keeps the session under another id. */
  readonly id?: string;
  /** It comes from somebody who is not trusted: its context counts as content from outside. @default false */
  readonly isForeign?: boolean;
}

/**
 * Reads an export and keeps it, when every line of it is as it was written. The chain finds damage, not forgers: approvals
 * in it count for nothing here, and a run that was interrupted is not gone on with before somebody resumes it.
 */
export async function importSession(
  store: SessionStore,
  lines: Iterable<string> | AsyncIterable<string>,
  { id, isForeign = false, at }: ImportOptions & { readonly at: number },
): Promise<string> {
  const events: StoredEvent[] = [];
  let sessionId: string | undefined;
  let hash = CHAIN_START;
  let isWhole = false;
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    if (isWhole) throw damaged(number, "stands after the end");
    const parsed = parseLine(line, number);
    if (sessionId === undefined) {
      sessionId = readHead(parsed, number);
    } else if ("end" in parsed) {
      if (parsed["end"] !== events.length || parsed["head"] !== hash) {
        throw damaged(number, "does not match the events before it");
      }
      isWhole = true;
    } else {
      const read = readEventLine(parsed, { number, seq: events.length, before: hash });
      hash = read.hash;
      events.push(read.event);
    }
  }
  if (sessionId === undefined || !isWhole) throw damaged(number + 1, "is missing: the export is torn");
  const target = checkSessionId(id ?? sessionId);
  await store.append(target, 0, [...events, ...receiveSession(events, { from: sessionId, target, isForeign, at })]);
  return target;
}

function parseLine(line: string, number: number): JsonObject {
  try {
    const parsed: unknown = JSON.parse(line);
    // Any JSON object; what is in it is checked by whoever reads it.
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject;
  } catch {
    // Told below.
  }
  throw damaged(number, "is not a JSON object");
}

function readHead({ format, version, sessionId }: JsonObject, number: number): string {
  if (format !== EXPORT_FORMAT || typeof sessionId !== "string") throw damaged(number, "is not the head of a session");
  if (version === EXPORT_VERSION) return sessionId;
  throw damaged(number, `is of version ${JSON.stringify(version)}, which a newer harness-agent wrote`);
}

function readEventLine(
  { seq: found, v, type, at, data, hash }: JsonObject,
  { number, seq, before }: { readonly number: number; readonly seq: number; readonly before: string },
): { readonly event: StoredEvent; readonly hash: string } {
  const isObject = typeof data === "object" && data !== null && !Array.isArray(data);
  if (typeof v !== "number" || typeof type !== "string" || typeof at !== "number" || !isObject) {
    throw damaged(number, "is not an event");
  }
  const expected = linkHash(before, { v, type, at, data: JSON.stringify(data) });
  if (found !== seq || expected !== hash) {
    throw damaged(number, `(event ${seq}) was changed, moved or comes after a missing one`);
  }
  // An object that is no list; readonly lists escape the narrowing.
  return { event: { v, type, at, data: data as JsonObject }, hash: expected };
}

function damaged(line: number, problem: string): HarnessError {
  return new HarnessError(`Line ${line} of the exported session ${problem}: nothing was imported`, {
    code: "session_invalid",
  });
}
