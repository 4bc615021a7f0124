import { existsSync } from "node:fs";

// The files themselves: their door would load the database before the first message.
import { memoryStore } from "../session/memory-store.ts";
import { checkSessionId } from "../session/session-id.ts";
import type { SessionStore } from "../spec/index.ts";
import { dataFolder } from "./data-folder.ts";
import type { RunOptions, SessionOptions } from "./run-options.ts";

/** Where the sessions of a harness are. */
export interface Stores {
  /** The store of one run's session. Throws code "session_invalid" when the user's database cannot be opened. */
  of(options: RunOptions, sessionId: string): SessionStore | Promise<SessionStore>;
  /** Whether the session of a run is still there when the harness is closed. */
  outlives(options: RunOptions, sessionId: string): Promise<boolean>;
  /** All that are there, to be looked through. The user's database is not made for that. */
  all(): Promise<readonly SessionStore[]>;
  /** Closes what was opened here; a store of the host is not. */
  close(): Promise<void>;
}

/** Sessions without a name that a harness remembers after their end: they can be gone on with, and memory stays bounded. */
const MAX_ENDED = 100;

/** The id that options ask for, checked. */
export function sessionIdOf({ session }: RunOptions): string | undefined {
  const id = typeof session === "string" ? session : session !== undefined && "id" in session ? session.id : undefined;
  return id === undefined ? undefined : checkSessionId(id);
}

/** How the session of a run is held. */
export function sessionLimits({ session }: RunOptions): Omit<SessionOptions, "id" | "store"> {
  if (typeof session !== "object" || "append" in session) return {};
  const { id: _id, store: _store, ...limits } = session;
  return limits;
}

/** The store of the host goes first; without one, a session with an id is in the user's database and others in memory. */
export async function openStores(shared: RunOptions, home: string): Promise<Stores> {
  const memory = memoryStore({ maxEnded: MAX_ENDED });
  let database: Promise<SessionStore> | undefined;
  const openDatabase = (): Promise<SessionStore> => (database ??= openUserDatabase(home));
  // What cannot be opened stops a harness at its start.
  if (storeIn(shared) === undefined && sessionIdOf(shared) !== undefined) await openDatabase();
  const of: Stores["of"] = (options, sessionId) => {
    const own = storeIn(options) ?? storeIn(shared);
    if (own !== undefined) return own;
    return sessionIdOf(options) === undefined ? memory : findKept(sessionId);
  };
  // A session that began here without an id can be gone on with by the one that it got.
  const findKept = async (sessionId: string): Promise<SessionStore> =>
    (await holds(memory, sessionId)) ? memory : await openDatabase();
  return {
    of,
    outlives: async (options, sessionId) => (await of(options, sessionId)) !== memory,
    async all() {
      const own = storeIn(shared);
      if (own !== undefined) return [own];
      const isThere = database !== undefined || existsSync(dataFolder(home, "harness.db"));
      return isThere ? [memory, await openDatabase()] : [memory];
    },
    async close() {
      await memory.close();
      // One that could not be opened has told so to its run.
      await (await database?.catch(() => undefined))?.close();
    },
  };
}

async function openUserDatabase(home: string): Promise<SessionStore> {
  const { sqliteStore } = await import("../session/index.ts");
  return await sqliteStore(dataFolder(home, "harness.db"));
}

function storeIn({ session }: RunOptions): SessionStore | undefined {
  if (typeof session !== "object") return undefined;
  return "append" in session ? session : session.store;
}

async function holds(store: SessionStore, sessionId: string): Promise<boolean> {
  for await (const _event of store.read(sessionId)) return true;
  return false;
}
