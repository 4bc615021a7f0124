import type {
  AcquireOptions,
  AppendEvents,
  Lease,
  LeaseRefusal,
  PendingApproval,
  SessionSnapshot,
  SessionStatus,
  SessionStore,
  SessionSummary,
  StoredEvent,
} from "../spec/index.ts";
import { createBell, type Bell } from "./bell.ts";
import { indexEvent, type QuestionIndex, type SessionIndex } from "./session-index.ts";
import { checkSessionId, conflict, fenced, held } from "./session-id.ts";

/** A session in memory. */
interface Kept extends SessionIndex {
  readonly events: StoredEvent[];
  readonly approvals: KeptQuestions;
  createdAt: number;
  updatedAt: number;
  epoch: number;
  lease: { readonly owner: string; until: number } | undefined;
  snapshot?: SessionSnapshot;
}

/** Options of `memoryStore`. */
export interface MemoryStoreOptions {
  /** How many sessions whose runs have ended are kept; the oldest is forgotten for a newer one. @default all */
  readonly maxEnded?: number;
}

/** A store that lives as long as the process: the default where no session is asked for. */
export function memoryStore({ maxEnded = Number.POSITIVE_INFINITY }: MemoryStoreOptions = {}): SessionStore {
  const sessions = new Map<string, Kept>();
  const bell = createBell();
  const appendNow: NonNullable<AppendEvents["now"]> = (sessionId, expect, events, options = {}) => {
    const known = sessions.get(sessionId);
    const kept = known ?? createKept(checkSessionId(sessionId));
    const { epoch } = options;
    if (epoch !== undefined && epoch !== kept.epoch) throw fenced(sessionId);
    if (kept.events.length !== expect) throw conflict(sessionId, expect, kept.events.length);
    // A session begins with its first event.
    if (events.length === 0) return;
    for (const event of events) keepEvent(event, kept);
    if (known === undefined) sessions.set(sessionId, kept);
    bell.ring(sessionId);
  };
  return {
    ...createLeases(sessions, forgetOldest(sessions, maxEnded)),
    ...createQuestions(sessions),
    append: Object.assign(async (...given: Parameters<AppendEvents>) => appendNow(...given), { now: appendNow }),
    async *read(sessionId, { after = 0 } = {}) {
      // A copy: a run may append while its history is read.
      yield* (sessions.get(sessionId)?.events ?? []).slice(after);
    },
    async list({ limit, status } = {}) {
      return [...sessions]
        .map(([sessionId, kept]) => summarize(sessionId, kept))
        .filter(({ events, status: found }) => events > 0 && (status === undefined || found === status))
        .sort((a, b) => b.updatedAt - a.updatedAt || (a.sessionId < b.sessionId ? -1 : 1))
        .slice(0, limit);
    },
    async find(sessionId) {
      const kept = sessions.get(sessionId);
      return kept === undefined || kept.events.length === 0 ? undefined : summarize(sessionId, kept);
    },
    async delete(sessionId) {
      const lease = liveLease(sessions.get(sessionId));
      if (lease !== undefined) throw held(sessionId, lease.owner);
      sessions.delete(sessionId);
    },
    async saveSnapshot(sessionId, snapshot) {
      const kept = sessions.get(sessionId);
      if (kept !== undefined && (kept.snapshot?.events ?? 0) <= snapshot.events) kept.snapshot = snapshot;
    },
    readSnapshot: async (sessionId) => sessions.get(sessionId)?.snapshot,
    subscribe: (sessionId, options) => follow(() => sessions.get(sessionId), bell, { sessionId, ...options }),
    async close() {
      sessions.clear();
      bell.ringAll();
    },
  };
}

function createQuestions(sessions: Map<string, Kept>): Pick<SessionStore, "pendingApprovals" | "findApproval"> {
  return {
    async pendingApprovals({ sessionId, limit } = {}) {
      const chosen = sessionId === undefined ? [...sessions.values()] : [sessions.get(sessionId)];
      const waiting = chosen.flatMap((kept) =>
        [...(kept?.approvals.all.values() ?? [])].filter(({ isOpen }) => isOpen),
      );
      return waiting
        .map(({ approval }) => approval)
        .sort((a, b) => a.requestedAt - b.requestedAt)
        .slice(0, limit);
    },
    async findApproval(id) {
      for (const { approvals } of sessions.values()) {
        const found = approvals.all.get(id);
        if (found !== undefined) return found.approval;
      }
      return undefined;
    },
  };
}

async function* follow(
  find: () => Kept | undefined,
  bell: Bell,
  { sessionId, after, signal }: { readonly sessionId: string; readonly after: number; readonly signal: AbortSignal },
): AsyncGenerator<StoredEvent> {
  for (let next = after; !signal.aborted;) {
    const fresh = find()?.events.slice(next) ?? [];
    for (const event of fresh) {
      if (signal.aborted) return;
      yield event;
    }
    next += fresh.length;
    if (fresh.length === 0) await bell.listen(sessionId, signal);
  }
}

/** Keeps so many ended sessions; those that wait or are at work are never forgotten. */
function forgetOldest(sessions: Map<string, Kept>, maxEnded: number): (sessionId: string) => void {
  /** The one that ended last stands at the end. */
  const ended = new Set<string>();
  const isOver = (kept: Kept | undefined): boolean => kept?.status === "ended" && liveLease(kept) === undefined;
  return (sessionId) => {
    ended.delete(sessionId);
    if (isOver(sessions.get(sessionId))) ended.add(sessionId);
    for (const oldest of ended) {
      if (ended.size <= maxEnded) return;
      ended.delete(oldest);
      if (isOver(sessions.get(oldest))) sessions.delete(oldest);
    }
  };
}

function createLeases(
  sessions: Map<string, Kept>,
  noteReleased: (sessionId: string) => void,
): Pick<SessionStore, "acquire" | "renew" | "release" | "sweep"> {
  // Counted for all sessions: one that is forgotten and begun again must not get the epoch of an old owner.
  let epochs = 0;
  const nextEpoch = (): number => (epochs += 1);
  return {
    async acquire(sessionId, options) {
      const kept = sessions.get(checkSessionId(sessionId)) ?? createKept(sessionId);
      sessions.set(sessionId, kept);
      return grant(sessionId, kept, { ...options, sessions, nextEpoch });
    },
    async renew({ sessionId, epoch, ttlMs }) {
      const kept = sessions.get(sessionId);
      if (kept?.lease === undefined || kept.epoch !== epoch) return false;
      kept.lease.until = performance.now() + ttlMs;
      return true;
    },
    async release({ sessionId, epoch }) {
      const kept = sessions.get(sessionId);
      if (kept === undefined || kept.epoch !== epoch) return;
      kept.lease = undefined;
      if (kept.events.length === 0) sessions.delete(sessionId);
      noteReleased(sessionId);
    },
    async sweep({ idleMs, limit }) {
      const now = Date.now();
      return [...sessions]
        .filter(([, kept]) => kept.status === "runnable" && liveLease(kept) === undefined && kept.events.length > 0)
        .filter(([, { updatedAt }]) => now - updatedAt >= idleMs)
        .sort(([, a], [, b]) => a.updatedAt - b.updatedAt)
        .slice(0, limit)
        .map(([sessionId]) => sessionId);
    },
  };
}

function grant(
  sessionId: string,
  kept: Kept,
  { owner, ttlMs, maxHeld, sessions, nextEpoch }: Granting,
): Lease | LeaseRefusal {
  const lease = liveLease(kept);
  const now = performance.now();
  if (lease !== undefined && lease.owner !== owner) {
    return { refused: "held", heldMs: lease.until - now, heldBy: lease.owner };
  }
  // Only then: a look at every session for each new one would grow with their square.
  if (maxHeld !== undefined) {
    const others = [...sessions.values()].filter((other) => other !== kept);
    const live = others.map(liveLease).filter((other) => other !== undefined);
    if (live.length >= maxHeld) {
      return { refused: "limit", heldMs: Math.min(...live.map(({ until }) => until - now)) };
    }
  }
  kept.epoch = nextEpoch();
  kept.lease = { owner, until: now + ttlMs };
  const granted = { sessionId, owner, epoch: kept.epoch, ttlMs };
  return kept.events.length === 0 ? { ...granted, isNew: true } : granted;
}

interface Granting extends AcquireOptions {
  readonly sessions: ReadonlyMap<string, Kept>;
  readonly nextEpoch: () => number;
}

function liveLease(kept: Kept | undefined): Kept["lease"] {
  const lease = kept?.lease;
  return lease !== undefined && lease.until > performance.now() ? lease : undefined;
}

interface KeptQuestion {
  readonly approval: PendingApproval;
  readonly isOpen: boolean;
}

const NO_QUESTIONS: ReadonlyMap<string, KeptQuestion> = new Map();

/** The questions of one session; most have none. */
class KeptQuestions implements QuestionIndex {
  readonly #sessionId: string;
  #all: Map<string, KeptQuestion> | undefined;

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  get all(): ReadonlyMap<string, KeptQuestion> {
    return this.#all ?? NO_QUESTIONS;
  }

  has(id: string): boolean {
    return this.#all?.get(id)?.isOpen === true;
  }

  open(id: string, approval: Omit<PendingApproval, "sessionId">): void {
    this.#all ??= new Map();
    this.#all.set(id, { approval: { ...approval, sessionId: this.#sessionId }, isOpen: true });
  }

  close(id: string): void {
    const known = this.#all?.get(id);
    if (known !== undefined) this.#all?.set(id, { ...known, isOpen: false });
  }
}

function createKept(sessionId: string): Kept {
  return {
    events: [],
    createdAt: Number.POSITIVE_INFINITY,
    updatedAt: 0,
    epoch: 0,
    lease: undefined,
    status: "ended",
    approvals: new KeptQuestions(sessionId),
  };
}

function keepEvent(event: StoredEvent, kept: Kept): void {
  const at = Math.round(event.at);
  kept.events.push(event.at === at ? event : { ...event, at });
  kept.createdAt = Math.min(kept.createdAt, at);
  kept.updatedAt = Math.max(kept.updatedAt, at);
  indexEvent(event, kept);
}

function summarize(sessionId: string, kept: Kept): SessionSummary {
  const { events, createdAt, updatedAt, title, parent } = kept;
  const status: SessionStatus = kept.status;
  const lease = liveLease(kept);
  return {
    sessionId,
    events: events.length,
    createdAt,
    updatedAt,
    status,
    ...(lease === undefined ? {} : { heldBy: lease.owner }),
    ...(title === undefined ? {} : { title }),
    ...(parent === undefined ? {} : { parent }),
  };
}
