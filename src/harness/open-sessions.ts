import { systemClock, systemRandom } from "../async/index.ts";
import type { Sessions } from "../session/index.ts";
import type { Clock, Random, SessionStore } from "../spec/index.ts";
import type { Stores } from "./open-stores.ts";
import { removeSessionFiles } from "./remove-session-files.ts";

/** Options of `openHarnessSessions`. */
export interface OpenHarnessSessionsOptions {
  readonly stores: Stores;
  readonly clock: Clock | undefined;
  readonly random: Random | undefined;
  /** What belongs to sessions beside their store is below it. */
  readonly home: string;
}

/** The sessions of everything in which a harness keeps some. */
export function openHarnessSessions({
  stores,
  clock = systemClock,
  random = systemRandom,
  home,
}: OpenHarnessSessionsOptions): Sessions {
  const open = async (store: SessionStore): Promise<Sessions> => {
    const { openSessions } = await import("../session/index.ts");
    return openSessions(store, { clock, newId: () => random.id() });
  };
  /** The store that holds a session; for one that nobody holds, the one in which it would be kept. */
  const of = async (sessionId: string): Promise<Sessions> => {
    const all = await stores.all();
    for (const store of all) if ((await store.find(sessionId)) !== undefined) return await open(store);
    return await open(lastOf(all));
  };
  const each = async <Item>(use: (sessions: Sessions) => Promise<readonly Item[]>): Promise<readonly Item[]> =>
    (await Promise.all((await stores.all()).map(async (store) => await use(await open(store))))).flat();
  return {
    async list(query) {
      const all = await each((sessions) => sessions.list(query));
      return all.toSorted((left, right) => right.updatedAt - left.updatedAt).slice(0, query?.limit);
    },
    search: async (text, options) =>
      (await each((sessions) => sessions.search(text, options))).slice(0, options?.limit),
    show: async (sessionId) => await (await of(sessionId)).show(sessionId),
    fork: async (sessionId, options) => await (await of(sessionId)).fork(sessionId, options),
    rename: async (sessionId, title) => await (await of(sessionId)).rename(sessionId, title),
    async delete(sessionId) {
      await (await of(sessionId)).delete(sessionId);
      await removeSessionFiles(home, sessionId);
    },
    cancel: async (sessionId, why) => await (await of(sessionId)).cancel(sessionId, why),
    say: async (sessionId, text) => await (await of(sessionId)).say(sessionId, text),
    undoCompaction: async (sessionId) => await (await of(sessionId)).undoCompaction(sessionId),
    async *follow(sessionId, options) {
      yield* (await of(sessionId)).follow(sessionId, options);
    },
    async *export(sessionId) {
      yield* (await of(sessionId)).export(sessionId);
    },
    import: async (lines, options) => await (await open(lastOf(await stores.all()))).import(lines, options),
  };
}

function lastOf(stores: readonly SessionStore[]): SessionStore {
  const last = stores.at(-1);
  if (last === undefined) throw new RangeError("A harness has at least one store");
  return last;
}
