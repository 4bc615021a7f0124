import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

import { describeError, HarnessError } from "../errors/index.ts";
import type { ErrorCode } from "../spec/index.ts";

/** Milliseconds that SQLite itself waits for another writer: it blocks the event loop meanwhile. */
const BUSY_MS = 50;

/** Milliseconds after which a writer that never gets its turn gives up. */
const GIVE_UP_MS = 30_000;

/** The newest version that may corrupt a WAL with two connections: https://sqlite.org/wal.html#walresetbug. */
const UNSAFE_UP_TO = [3, 51, 2] as const;

/** How to open a database file. */
export interface SqliteFileOptions {
  /** SQL that makes the tables where they are missing. */
  readonly schema: string;
  /** The code of the error when the file cannot be used. */
  readonly errorCode: ErrorCode;
  /** What the file is, for messages: "session file". */
  readonly what: string;
  /** Milliseconds that an operation waits for other writers. @default 30000 */
  readonly giveUpMs?: number;
}

/** How to write. */
export interface TransactOptions {
  /** Whether the data must be on the disk before the promise resolves; otherwise a power cut may lose it. @default true */
  readonly durable?: boolean;
}

/** A database file of one or several processes of this machine. Store JSON or bytes only: text with NUL is cut off. */
export interface SqliteFile {
  readonly path: string;
  readonly database: DatabaseSync;
  /**
   * Runs synchronous work in one write transaction: all of it or nothing. Waits for other writers without blocking the
   * event loop, and throws SQLite's error when none of its turns came.
   */
  transact<Value>(work: () => Value, options?: TransactOptions): Promise<Value>;
  close(): void;
}

/**
 * Opens a SQLite file (`node:sqlite`, WAL). Folder and file are made where they are missing, for their owner only. An
 * SQLite version with the WAL-reset bug gets the file for itself alone. Throws `errorCode` for a file that cannot be
 * opened or is no database.
 */
export async function openSqliteFile(path: string, options: SqliteFileOptions): Promise<SqliteFile> {
  const { schema, errorCode, what, giveUpMs = GIVE_UP_MS } = options;
  const { DatabaseSync: Database } = await import("node:sqlite");
  // Absolute, so that no name means something else to SQLite, such as ":memory:" or "file:".
  const file = resolve(path);
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // SQLite gives its other files the mode of this one.
    closeSync(openSync(file, "a", 0o600));
    const opened = new Database(file, { timeout: BUSY_MS });
    database = opened;
    assertRollback(opened);
    // Two processes may open at once: each must wait for the other to change the journal mode and make the tables.
    await retryBusy(() => prepare(opened, schema), giveUpMs);
    return createSqliteFile(file, opened, giveUpMs);
  } catch (cause) {
    const isAlone = isBusy(cause) && database !== undefined && isUnsafe(database);
    database?.close();
    if (HarnessError.isInstance(cause)) throw cause;
    const advice = isAlone
      ? `another process has it, and the SQLite of Node ${process.versions.node} lets none share it: use Node 22.22.3, 24.15 or newer for both`
      : "name another one, or move it away";
    const message = `The ${what} ${file} cannot be used (${describeError(cause)}): ${advice}`;
    throw new HarnessError(message, { code: errorCode, cause });
  }
}

/** Where nobody can tell whether a transaction is open, what one that failed had written would stay. */
function assertRollback({ isTransaction }: Readonly<Record<keyof DatabaseSync, unknown>>): void {
  if (typeof isTransaction === "boolean") return;
  const problem = `Databases need Node 22.22.3, 24.15 or newer; this is ${process.versions.node}`;
  throw new HarnessError(problem, { code: "node_unsupported" });
}

function prepare(database: DatabaseSync, schema: string): void {
  if (isUnsafe(database)) database.exec("PRAGMA locking_mode = EXCLUSIVE");
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  // Without it macOS answers before the disk has the data.
  if (process.platform === "darwin") database.exec("PRAGMA fullfsync = 1");
  database.exec(schema);
}

function isUnsafe(database: DatabaseSync): boolean {
  const version = String(database.prepare("SELECT sqlite_version() AS v").get()?.["v"]);
  const parts = version.split(".").map(Number);
  for (const [index, limit] of UNSAFE_UP_TO.entries()) {
    const part = parts[index] ?? Number.NaN;
    if (part !== limit) return !(part > limit);
  }
  return true;
}

function createSqliteFile(path: string, database: DatabaseSync, giveUpMs: number): SqliteFile {
  // Prepared once: a small append would spend as long on reading these words as on writing.
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  let isDurable = true;
  const setDurable = (durable: boolean): void => {
    if (durable === isDurable) return;
    // It may not change inside a transaction.
    database.exec(`PRAGMA synchronous = ${durable ? "FULL" : "NORMAL"}`);
    isDurable = durable;
  };
  return {
    path,
    database,
    transact: async (work, { durable = true } = {}) =>
      await retryBusy(() => {
        if (!database.isOpen) throw new Error(`${path} is not open any more`);
        setDurable(durable);
        begin.run();
        try {
          const value = work();
          commit.run();
          return value;
        } catch (error) {
          // Some errors, such as a full disk, have rolled back already.
          if (database.isTransaction) database.exec("ROLLBACK");
          throw error;
        }
      }, giveUpMs),
    close() {
      if (database.isOpen) database.close();
    },
  };
}

/** Tries again, with growing and random pauses, while another process writes. */
async function retryBusy<Value>(work: () => Value, giveUpMs: number): Promise<Value> {
  const startedAt = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() - startedAt > giveUpMs) throw error;
      await sleep(Math.random() * Math.min(100, 2 ** attempt));
    }
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED, with their extended codes (https://sqlite.org/rescode.html). */
function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return false;
  const primary = error.errcode % 256;
  return primary === 5 || primary === 6;
}
