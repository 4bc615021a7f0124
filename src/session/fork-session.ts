import { HarnessError } from "../errors/index.ts";
import type { SessionStore, StoredEvent } from "../spec/index.ts";
import { createFold } from "./fold-session.ts";
import { readEvent, toStored } from "./migrate-event.ts";

/** Where to fork. */
export interface ForkOptions {
  /** How many messages of the history the fork keeps. @default all */
  readonly messages?: number;
  /** The id of the fork. @default a new one */
  readonly id?: string;
}

/** Copies the events of a session up to a message. The session itself is not touched. */
export async function forkSession(
  store: SessionStore,
  sessionId: string,
  { messages, id, at }: ForkOptions & { readonly id: string; readonly at: number },
): Promise<string> {
  const fold = createFold();
  const copied: StoredEvent[] = [];
  const isThere = (): boolean => messages !== undefined && fold.state.messages.length >= messages;
  for await (const stored of store.read(sessionId)) {
    if (isThere()) break;
    copied.push(stored);
    const event = readEvent(stored, sessionId);
    if (event !== undefined) fold.apply(event);
  }
  const { state } = fold;
  if (messages !== undefined && state.messages.length !== messages) {
    throw invalid(sessionId, `has ${state.messages.length} messages, so it cannot be forked at ${messages}`);
  }
  if (state.openTurn !== null) {
    throw invalid(sessionId, "has open calls there, which cannot be in two sessions: fork it at an earlier message");
  }
  const data = { from: sessionId, events: copied.length };
  await store.append(id, 0, [...copied, toStored({ type: "session-forked", data }, at)]);
  return id;
}

function invalid(sessionId: string, problem: string): HarnessError {
  return new HarnessError(`Session ${sessionId} ${problem}`, { code: "session_invalid" });
}
