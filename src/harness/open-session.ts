import { createHistory, type History } from "../agent/index.ts";
import { HarnessError } from "../errors/index.ts";
import type {
  Clock,
  JsonObject,
  LabelSource,
  ModelMessage,
  StoredEvent,
  SessionStore,
  ToolCallPart,
  ToolResultPart,
} from "../spec/index.ts";

/** A session that a run writes to. */
export interface OpenedSession {
  readonly history: History;
  /** Messages that were there before: 0 for a new session. */
  readonly resumed: number;
  /** What came into its context. */
  readonly labels: readonly LabelSource[];
  /** What the session's earlier runs used. */
  readonly spent: Spent;
  /** Keeps something besides the messages. */
  note(type: string, data: JsonObject): Promise<void>;
}

/** What runs used, in tokens and USD; the cost is `undefined` as soon as one of them is not known. */
export interface Spent {
  readonly tokens: number;
  readonly cost: number | undefined;
}

/** Options of `openSession`. */
export interface OpenSessionOptions {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly overheadChars: number;
  /** Whether the session must be there, and whether it must have something to answer. */
  readonly expect: "anything" | "session" | "unanswered";
}

/**
 * Opens a session: its history is a fold over the events of the store, and every message is kept as it is appended.
 * Throws code "session_not_found" or "session_invalid" when the session is not as expected.
 */
export async function openSession(
  sessionId: string,
  { store, clock, overheadChars, expect }: OpenSessionOptions,
): Promise<OpenedSession> {
  const { messages, labels, ends, count } = await readSession(store, sessionId);
  let position = count;
  if (expect !== "anything" && count === 0) {
    const message = `There is no session ${sessionId}: begin one with run(), or name the store that holds it`;
    throw new HarnessError(message, { code: "session_not_found" });
  }
  if (expect === "unanswered" && isAnswered(messages, ends.at(-1))) {
    const message = `Session ${sessionId} has nothing to answer: pass an input to go on with it`;
    throw new HarnessError(message, { code: "session_invalid" });
  }
  let last: Promise<unknown> = Promise.resolve();
  // One after the other: sub-agents that work at the same time begin and end in one session.
  const append = (type: string, data: JsonObject): Promise<void> => {
    const work = last.then(async () => {
      const event: StoredEvent = { v: 1, type, at: clock.now(), data };
      await store.append(sessionId, position, [event]);
      position += 1;
    });
    last = work.catch(() => {});
    return work;
  };
  const repaired = closeOpenCalls(messages);
  const history = createHistory({
    messages: repaired,
    overheadChars,
    // A message of the history is JSON: bytes were made base64 at the edge.
    persist: async (message) => await append("message", { message: message as unknown as JsonObject }),
  });
  return { history, resumed: repaired.length, labels, spent: spentBy(ends), note: append };
}

interface ReadSession {
  readonly messages: readonly ModelMessage[];
  readonly labels: readonly LabelSource[];
  /** How its runs ended, the last one last; it is left out when messages came after it. */
  readonly ends: readonly (JsonObject | undefined)[];
  readonly count: number;
}

async function readSession(store: SessionStore, sessionId: string): Promise<ReadSession> {
  const messages: ModelMessage[] = [];
  const labels: LabelSource[] = [];
  const ends: (JsonObject | undefined)[] = [];
  let count = 0;
  for await (const { type, data } of store.read(sessionId)) {
    count += 1;
    if (type === "run_end") ends.push(data);
    if (type === "context-labelled") labels.push(...readLabels(data, sessionId));
    if (type !== "message") continue;
    messages.push(readMessage(data, sessionId));
    if (ends.length > 0 && ends.at(-1) !== undefined) ends.push(undefined);
  }
  return { messages, labels, ends, count };
}

/** Labels that cannot be read would make a tainted context look clean. */
function readLabels({ sources }: JsonObject, sessionId: string): readonly LabelSource[] {
  const isSource = (source: unknown): boolean =>
    typeof source === "object" && source !== null && "kind" in source && "tool" in source && "agent" in source;
  if (Array.isArray(sources) && sources.every(isSource)) {
    // They were written by `saveLabels` of a run.
    return sources as unknown as readonly LabelSource[];
  }
  throw new HarnessError(`Session ${sessionId} holds labels that cannot be read`, { code: "session_invalid" });
}

/** An answer of the model at the end leaves nothing to do, but for one that its vendor only interrupted. */
function isAnswered(messages: readonly ModelMessage[], end: JsonObject | undefined): boolean {
  const last = messages.at(-1);
  if (last === undefined || end?.["stopReason"] === "end_turn") return true;
  return last.role === "assistant" && last.content.every(({ type }) => type === "text" || type === "reasoning");
}

function spentBy(ends: readonly (JsonObject | undefined)[]): Spent {
  let tokens = 0;
  let cost: number | undefined = 0;
  for (const end of ends) {
    if (end === undefined) continue;
    const { totalTokens, totalCost } = end;
    tokens += typeof totalTokens === "number" ? totalTokens : 0;
    cost = cost === undefined || typeof totalCost !== "number" ? undefined : cost + totalCost;
  }
  return { tokens, cost };
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
