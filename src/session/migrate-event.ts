import { HarnessError } from "../errors/index.ts";
import type { JsonObject, SessionEvent, SessionEventBody, SessionEventType, StoredEvent } from "../spec/index.ts";

/** The version in which each event is written now. The compiler asks for every new one. */
const EVENT_VERSIONS: Readonly<Record<SessionEventType, number>> = {
  "run-created": 1,
  "run-ended": 1,
  "run-given-up": 1,
  "message-added": 1,
  "model-intent": 1,
  "model-result": 1,
  "model-failed": 1,
  "model-charged": 1,
  "tool-intent": 1,
  "tool-result": 1,
  "tool-outcome-unknown": 1,
  "tool-outcome-settled": 1,
  "approval-requested": 1,
  "approval-voted": 1,
  "approval-decided": 1,
  "approval-expired": 1,
  "approval-revoked": 1,
  "steering-received": 1,
  "steering-delivered": 1,
  "todos-set": 1,
  "history-compacted": 1,
  "compaction-undone": 1,
  "context-labelled": 1,
  "subagent-started": 1,
  "subagent-charged": 1,
  "subagent-ended": 1,
  "checkpoint-made": 1,
  "checkpoint-restored": 1,
  "cancel-requested": 1,
  "session-renamed": 1,
  "session-forked": 1,
  "session-imported": 1,
};

/** Stamps an event with version and time. */
export function toStored({ type, data }: SessionEventBody, at: number): StoredEvent {
  // Data of events is JSON; the type of JSON knows no interfaces.
  return { v: EVENT_VERSIONS[type], type, at, data: data as unknown as JsonObject };
}

/** One step from an old shape to the next. */
type Migration = (event: StoredEvent) => StoredEvent;

/** By type and version, as in "message@1". */
const MIGRATIONS: ReadonlyMap<string, Migration> = new Map<string, Migration>([
  // The first format kept whole messages and the ends of runs.
  ["message@1", (event) => ({ ...event, type: "message-added" })],
  ["run_end@1", ({ v, at, data }) => ({ v, at, type: "model-failed", data: toCharge(data) })],
]);

/** What a run of the first format used is all that its end is good for: it had no beginning. */
function toCharge({ totalTokens, totalCost }: JsonObject): JsonObject {
  const tokens = typeof totalTokens === "number" ? totalTokens : 0;
  return { turn: 0, error: "", charged: { tokens, cost: typeof totalCost === "number" ? totalCost : null } };
}

/**
 * Reads an event of a store in the shape of today; `undefined` for one that says nothing to Harness. Throws code
 * "session_invalid" for a version that is not known: a newer Harness wrote it, and what it means must not be guessed.
 */
export function readEvent(stored: StoredEvent, sessionId: string): SessionEvent | undefined {
  let event = stored;
  for (;;) {
    const migrate = MIGRATIONS.get(`${event.type}@${event.v}`);
    if (migrate === undefined) break;
    event = migrate(event);
  }
  if (!isKnownType(event.type)) return undefined;
  if (event.v === EVENT_VERSIONS[event.type]) {
    // Written by a journal of this version, or migrated to it; the chain of the store proves that it is unchanged.
    return event as unknown as SessionEvent;
  }
  throw new HarnessError(
    `Session ${sessionId} was written by a newer version of harness-agent (${event.type} of version ${event.v}): update the package`,
    { code: "session_invalid" },
  );
}

function isKnownType(type: string): type is SessionEventType {
  return Object.hasOwn(EVENT_VERSIONS, type);
}
