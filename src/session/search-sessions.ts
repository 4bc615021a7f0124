import type { JsonValue, SessionStore, StoredEvent } from "../spec/index.ts";

/** A session in which a text was said. */
export interface SessionMatch {
  readonly sessionId: string;
  readonly title?: string;
  /** The event that holds it. */
  readonly position: number;
  readonly type: string;
  /** The text around it. */
  readonly excerpt: string;
}

/** Characters on each side of a match. */
const AROUND = 60;

/** Events in which somebody says something. */
const SAYING: readonly string[] = ["message-added", "model-result", "tool-result", "session-renamed", "message"];

/** Looks through all sessions, the newest first. Capitals don't count. */
export async function searchSessions(
  store: SessionStore,
  text: string,
  { limit = 20 }: { readonly limit?: number } = {},
): Promise<readonly SessionMatch[]> {
  const wanted = text.toLowerCase();
  const matches: SessionMatch[] = [];
  if (wanted.trim() === "") return matches;
  for (const { sessionId, title } of await store.list()) {
    if (matches.length >= limit) break;
    const found = await findIn(store, sessionId, wanted);
    if (found !== undefined) matches.push({ sessionId, ...(title === undefined ? {} : { title }), ...found });
  }
  return matches;
}

async function findIn(
  store: SessionStore,
  sessionId: string,
  wanted: string,
): Promise<Pick<SessionMatch, "position" | "type" | "excerpt"> | undefined> {
  let position = 0;
  for await (const event of store.read(sessionId)) {
    const excerpt = SAYING.includes(event.type) ? findText(event, wanted) : undefined;
    if (excerpt !== undefined) return { position, type: event.type, excerpt };
    position += 1;
  }
  return undefined;
}

function findText({ data }: StoredEvent, wanted: string): string | undefined {
  for (const text of textsOf(data)) {
    const place = text.toLowerCase().indexOf(wanted);
    if (place >= 0) return text.slice(Math.max(0, place - AROUND), place + wanted.length + AROUND);
  }
  return undefined;
}

function* textsOf(value: JsonValue | undefined): Generator<string> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) yield* textsOf(item);
  }
}
