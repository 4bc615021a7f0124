import { describeError, HarnessError } from "../errors/index.ts";
import type { SessionStore } from "../spec/index.ts";
import { openSqliteFile, type SqliteFile } from "../sqlite/index.ts";
import { createBell } from "./bell.ts";
import { checkSessionId, checkTenant } from "./session-id.ts";
import { createSqliteAppend, type Head } from "./sqlite-append.ts";
import { createSqliteLeases, systemLeaseClock, type LeaseClock } from "./sqlite-leases.ts";
import { createSqliteReads } from "./sqlite-reads.ts";
import { adoptOldEvents, SCHEMA } from "./sqlite-schema.ts";

/** Options of `sqliteStore`. */
export interface SqliteStoreOptions {
  /** Whose sessions the store shows and keeps. @default "default" */
  readonly tenant?: string;
  /** What leases are measured by. @default a clock that all processes of this machine share and that never jumps */
  readonly leaseClock?: LeaseClock;
}

/**
 * A store in one SQLite file (`node:sqlite`, WAL): survives the process; several processes of one machine may share it.
 * Folder and file are made where they are missing, for their owner only. Call `close()` at the end. Throws code
 * "session_invalid" for a file that cannot be opened or is no database.
 */
export async function sqliteStore(path: string, options: SqliteStoreOptions = {}): Promise<SessionStore> {
  const { tenant = "default", leaseClock = systemLeaseClock() } = options;
  checkTenant(tenant);
  const opened = await openSqliteFile(path, {
    schema: SCHEMA,
    errorCode: "session_invalid",
    what: "session file",
  });
  const file = explainFailures(opened);
  const bell = createBell();
  const append = createSqliteAppend(file, tenant);
  // As this process left them: the next append of the same writer need not look.
  const heads = new Map<string, Head>();
  const appendEvents: SessionStore["append"] = async (sessionId, expect, events, { epoch, durable = true } = {}) => {
    checkSessionId(sessionId);
    const known = heads.get(sessionId);
    heads.delete(sessionId);
    const head = await file.transact(() => append(sessionId, expect, { events, epoch, known }), { durable });
    keepNewest(heads, sessionId, head);
    bell.ring(sessionId);
  };
  await adoptOldEvents(file, append);
  const leases = createSqliteLeases(file, { tenant, clock: leaseClock });
  const closing = new AbortController();
  return {
    ...leases,
    ...createSqliteReads(file, { tenant, bell, leases, closed: closing.signal }),
    append: appendEvents,
    async close() {
      closing.abort();
      file.close();
    },
  };
}

/** Sessions whose rows are remembered. */
const MAX_HEADS = 1000;

function keepNewest(heads: Map<string, Head>, sessionId: string, head: Head): void {
  heads.set(sessionId, head);
  const [oldest] = heads.size > MAX_HEADS ? heads.keys() : [];
  if (oldest !== undefined) heads.delete(oldest);
}

/** A full disk, a file that may only be read, a writer that never lets go: in words, with a code of ours. */
function explainFailures(file: SqliteFile): SqliteFile {
  return {
    ...file,
    async transact(work, options) {
      try {
        return await file.transact(work, options);
      } catch (cause) {
        if (!(cause instanceof Error && "errcode" in cause)) throw cause;
        const message = `The session file ${file.path} could not be written (${describeError(cause)}): nothing of it is kept; make room or rights, then resume the session`;
        throw new HarnessError(message, { code: "session_invalid", cause });
      }
    },
  };
}
