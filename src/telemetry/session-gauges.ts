import type { Clock } from "../spec/index.ts";

/** What is known of a session that is under way or ended a short time ago. */
interface SessionState {
  cost: number;
  /** Part of the context window, 0 to 1. */
  share: number;
  runs: number;
  endedAt: number;
}

/** Values of sessions, kept long enough to be scraped and to fire an alert that waits a minute. */
export interface SessionGauges {
  begin(sessionId: string): void;
  addCost(sessionId: string, cost: number): void;
  /** What the session had cost before; a smaller value than the one that is known is old news. */
  setCost(sessionId: string, cost: number): void;
  setShare(sessionId: string, share: number): void;
  end(sessionId: string): void;
  /** Every session that counts. One that ended too long ago is told a while as `undefined`, then forgotten. */
  read(): Iterable<{ readonly sessionId: string; readonly values: SessionValues | undefined }>;
}

/** The values of one session. */
export interface SessionValues {
  readonly cost: number;
  readonly share: number;
}

/** How long a session is told after its end: alerts of the seed need five minutes of it. */
const KEPT_MS = 6 * 60_000;
/** How long it is told as gone, so that every reader hears of it. */
const GONE_MS = 10 * 60_000;
/** So many ended sessions are remembered at most. */
const MAX_ENDED = 10_000;

/** Starts keeping values of sessions. */
export function createSessionGauges(clock: Pick<Clock, "monotonic">): SessionGauges {
  const live = new Map<string, SessionState>();
  /** In the order in which they ended. */
  const ended = new Map<string, SessionState>();

  /** One that has not begun counts as ended: should it never begin, it is forgotten. */
  const stateOf = (sessionId: string): SessionState => {
    const known = live.get(sessionId) ?? ended.get(sessionId);
    if (known !== undefined) return known;
    const state = { cost: 0, share: 0, runs: 0, endedAt: clock.monotonic() };
    ended.set(sessionId, state);
    return state;
  };
  const forget = (): void => {
    const oldest = clock.monotonic() - KEPT_MS - GONE_MS;
    for (const [sessionId, { endedAt }] of ended) {
      if (endedAt > oldest && ended.size <= MAX_ENDED) return;
      ended.delete(sessionId);
    }
  };
  return {
    begin(sessionId) {
      const state = stateOf(sessionId);
      state.runs += 1;
      ended.delete(sessionId);
      live.set(sessionId, state);
    },
    addCost(sessionId, cost) {
      stateOf(sessionId).cost += cost;
    },
    setCost(sessionId, cost) {
      const state = stateOf(sessionId);
      state.cost = Math.max(state.cost, cost);
    },
    setShare(sessionId, share) {
      stateOf(sessionId).share = share;
    },
    end(sessionId) {
      const state = live.get(sessionId);
      if (state === undefined) return;
      state.runs -= 1;
      if (state.runs > 0) return;
      live.delete(sessionId);
      ended.set(sessionId, { ...state, runs: 0, endedAt: clock.monotonic() });
      forget();
    },
    *read() {
      forget();
      for (const [sessionId, { cost, share }] of live) yield { sessionId, values: { cost, share } };
      const oldest = clock.monotonic() - KEPT_MS;
      for (const [sessionId, { cost, share, endedAt }] of ended) {
        yield { sessionId, values: endedAt < oldest ? undefined : { cost, share } };
      }
    },
  };
}
