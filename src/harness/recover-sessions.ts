import type { Clock, Result, SessionStore } from "../spec/index.ts";
import type { Run } from "./create-run.ts";
import type { Stores } from "./open-stores.ts";

/** Options of `harness.recover`. */
export interface RecoverOptions {
  /** Sessions that were written to later are left alone: their process may be about to go on. @default 0 */
  readonly idleMs?: number;
  /** At most so many sessions. @default 100 */
  readonly limit?: number;
  /** At most so many at the same time. @default 4 */
  readonly concurrency?: number;
}

/**
 * Goes on with every session that has something to do and that nobody holds: after a crash, for answers that were given
 * meanwhile, and for questions that nobody answered in time, which are denials. Gives the end of each run; a session that
 * another process took first is left out.
 */
export async function recoverSessions(
  stores: Stores,
  /** Nothing more is gone on with where it gives none. */
  resume: (sessionId: string) => Run | undefined,
  { idleMs = 0, limit = 100, concurrency = 4, clock }: RecoverOptions & { readonly clock: Clock },
): Promise<readonly Result[]> {
  const { expireApprovals } = await import("../session/index.ts");
  const roots = new Set<string>();
  for (const store of await stores.all()) {
    await expireApprovals(store, { clock });
    for (const sessionId of await store.sweep({ idleMs, limit })) roots.add(await rootOf(sessionId, store));
  }
  const waiting = [...roots].slice(0, limit);
  const results: Result[] = [];
  const work = async (): Promise<void> => {
    for (let sessionId = waiting.shift(); sessionId !== undefined; sessionId = waiting.shift()) {
      const run = resume(sessionId);
      if (run === undefined) return;
      const result = await run.result;
      if (result.error?.code !== "session_conflict") results.push(result);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return results;
}

/** A sub-agent goes on with the agent that it works for. */
async function rootOf(sessionId: string, store: SessionStore): Promise<string> {
  let root = sessionId;
  const seen = new Set<string>();
  for (;;) {
    const { parent } = (await store.find(root)) ?? {};
    if (parent === undefined || seen.has(parent)) return root;
    seen.add(parent);
    root = parent;
  }
}
