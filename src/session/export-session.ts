import { HarnessError } from "../errors/index.ts";
import type { JsonObject, SessionStore, StoredEvent } from "../spec/index.ts";
import { CHAIN_START, linkHash } from "./event-chain.ts";
import { checkSessionId } from "./session-id.ts";

const FORMAT = "harness-session";
const VERSION = 1;

/** Writes a session as lines of JSON: a head, each event with the hash that chains it to the one before, and an end. */
export async function* exportSession(store: SessionStore, sessionId: string): AsyncGenerator<string> {
  yield JSON.stringify({ format: FORMAT, version: VERSION, sessionId });
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

/** Reads an export and keeps it, when every line of it is as it was written. */
export async function importSession(
  store: SessionStore,
  lines: Iterable<string> | AsyncIterable<string>,
  { id }: { readonly id?: string } = {},
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
  await store.append(target, 0, events);
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
  if (format !== FORMAT || typeof sessionId !== "string") throw damaged(number, "is not the head of a session");
  if (version === VERSION) return sessionId;
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
