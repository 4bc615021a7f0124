import { join } from "node:path";

import { createHistory, type History } from "../agent/index.ts";
import { HarnessError } from "../errors/index.ts";
import { checkSessionId, memoryStore } from "../session/index.ts";
import type {
  Clock,
  JsonObject,
  ModelMessage,
  SessionEvent,
  SessionStore,
  ToolCallPart,
  ToolResultPart,
} from "../spec/index.ts";
import type { RunOptions } from "./run-options.ts";

/** A session that a run writes to. */
export interface OpenedSession {
  readonly history: History;
  /** Messages that were there before: 0 for a new session. */
  readonly resumed: number;
  /** Keeps something besides the messages. */
  note(type: string, data: JsonObject): Promise<void>;
}

/** The id that options ask for, checked. */
export function sessionIdOf({ session }: RunOptions): string | undefined {
  const id = typeof session === "string" ? session : session !== undefined && "id" in session ? session.id : undefined;
  return id === undefined ? undefined : checkSessionId(id);
}

/** The store that options ask for: a host's own, the user's database for a session with an id, else memory. */
export async function openStore(
  { session }: RunOptions,
  home: string,
): Promise<{ readonly store: SessionStore; readonly isOwn: boolean }> {
  if (typeof session === "object") {
    const store = "append" in session ? session : session.store;
    if (store !== undefined) return { store, isOwn: false };
  }
  const hasId = typeof session === "string" || (typeof session === "object" && "id" in session);
  if (!hasId) return { store: memoryStore(), isOwn: true };
  const { sqliteStore } = await import("../session/index.ts");
  return { store: await sqliteStore(join(home, ".harness", "harness.db")), isOwn: true };
}

/** Opens a session: its history is a fold over the events of the store, and every message is kept as it is appended. */
export async function openSession(
  sessionId: string,
  {
    store,
    clock,
    overheadChars,
  }: { readonly store: SessionStore; readonly clock: Clock; readonly overheadChars: number },
): Promise<OpenedSession> {
  const messages: ModelMessage[] = [];
  let position = 0;
  for await (const { type, data } of store.read(sessionId)) {
    position += 1;
    if (type === "message") messages.push(readMessage(data, sessionId));
  }
  const append = async (type: string, data: JsonObject): Promise<void> => {
    const event: SessionEvent = { v: 1, type, at: clock.now(), data };
    await store.append(sessionId, position, [event]);
    position += 1;
  };
  const repaired = closeOpenCalls(messages);
  const history = createHistory({
    messages: repaired,
    overheadChars,
    // A message of the history is JSON: bytes were made base64 at the edge.
    persist: async (message) => await append("message", { message: message as unknown as JsonObject }),
  });
  return { history, resumed: repaired.length, note: append };
}

function readMessage(data: JsonObject, sessionId: string): ModelMessage {
  const { message } = data;
  const isMessage = typeof message === "object" && message !== null && "role" in message && "content" in message;
  if (!isMessage) {
    throw new HarnessError(`Session ${sessionId} holds a message that cannot be read`, { code: "session_invalid" });
  }
  // It was written by `persist` above.
  return Object.freeze(message as unknown as ModelMessage);
}

/**
 * After a crash an answer may have calls without results, which every vendor refuses. Their outcome is not known, so the
 * model is told exactly that, and nothing is repeated. The log stays as it was: later messages may follow such an answer.
 */
function closeOpenCalls(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const closed: ModelMessage[] = [];
  for (const [index, message] of messages.entries()) {
    closed.push(message);
    if (message.role !== "assistant" || messages[index + 1]?.role === "tool") continue;
    const calls = message.content.filter((part) => part.type === "tool-call");
    if (calls.length > 0) closed.push(Object.freeze({ role: "tool", content: calls.map(tellUnknown) }));
  }
  return closed;
}

function tellUnknown({ id, name }: ToolCallPart): ToolResultPart {
  const content = "The run ended before the outcome of this call was recorded; it may or may not have happened";
  return { type: "tool-result", toolCallId: id, name, content, isError: true };
}
