import { randomUUID } from "node:crypto";
import { linkSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

import { HarnessError } from "../errors/index.ts";
import { isProcessDead, ownProcess, type ProcessIdentity } from "../processes/index.ts";
import { isMissing, readRegularSync } from "./read-regular.ts";

/** Who writes to a file. */
interface Owner extends ProcessIdentity {
  /** Unlike every other lock's. */
  readonly nonce: string;
}

/** A held lock. */
export interface WriterLock {
  /** The lock of a dead process was in its place. */
  readonly isTakenOver: boolean;
  /** Whether it is still this writer's: one that was taken for dead, and was not, must not write any more. */
  isHeld(): boolean;
  /** Gives the file free. Does nothing the second time. */
  release(): void;
}

/**
 * Makes this process the only writer of a file, by a lock file beside it. The lock of a process that is dead is taken
 * over. Throws code "audit_failed" when another one lives, or may live: on another machine nobody can tell.
 */
export function lockWriter(path: string): WriterLock {
  const lockPath = `${path}.lock`;
  const own: Owner = { ...ownProcess(), nonce: randomUUID() };
  const temporary = `${lockPath}.${own.nonce}`;
  writeFileSync(temporary, JSON.stringify(own), { mode: 0o600, flag: "wx" });
  let isTakenOver = false;
  try {
    isTakenOver = !tryLink(temporary, lockPath) && takeOver({ path, lockPath, temporary });
  } finally {
    rmSync(temporary, { force: true });
  }
  const mark = markOf(lockPath);
  let isReleased = false;
  return {
    isTakenOver,
    isHeld: () => !isReleased && mark !== undefined && markOf(lockPath) === mark,
    release() {
      if (isReleased) return;
      isReleased = true;
      if (readOwner(lockPath)?.nonce === own.nonce) rmSync(lockPath, { force: true });
    },
  };
}

/**
 * The same, for work that takes a moment: waits for a writer that is at it. Blocks the thread; throws code
 * "audit_failed" when the file is not given free in time.
 */
export function lockBriefly(path: string, waitMs = 5000): WriterLock {
  const until = performance.now() + waitMs;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      return lockWriter(path);
    } catch (error) {
      if (performance.now() > until || !HarnessError.isInstance(error)) throw error;
    }
    Atomics.wait(sleeper, 0, 0, 2);
  }
}

/** More than the name of a process has. */
const MAX_LOCK_BYTES = 64 * 1024;

/** What tells one lock file from the next of the same name. */
function markOf(lockPath: string): string | undefined {
  const info = statSync(lockPath, { bigint: true, throwIfNoEntry: false });
  return info === undefined ? undefined : `${info.ino}:${info.mtimeNs}`;
}

/** Whether a live process, or one of which nobody can tell, writes to a file. */
export function isLocked(path: string): boolean {
  const text = readText(`${path}.lock`);
  return text !== undefined && !isDead(parseOwner(text));
}

interface LockPaths {
  readonly path: string;
  readonly lockPath: string;
  readonly temporary: string;
}

/**
 * Replaces a dead process's lock. Two that find the same dead lock must not both win: only the one that makes the
 * second lock file may look again and replace the first. Returns whether the dead lock was still there.
 */
function takeOver({ path, lockPath, temporary }: LockPaths): boolean {
  const guard = `${lockPath}.takeover`;
  if (!tryLink(temporary, guard)) {
    const other = readOwner(guard);
    const wasLeft = other !== undefined && isDead(other);
    // Two that find the same one left behind may both get through here: then the fence stops one of them.
    if (wasLeft) rmSync(guard, { force: true });
    if (!wasLeft || !tryLink(temporary, guard)) throw refused(path, other, "is being taken over; try again");
  }
  try {
    const text = readText(lockPath);
    const owner = text === undefined ? undefined : parseOwner(text);
    // An unreadable lock may belong to somebody.
    if (text !== undefined && !isDead(owner)) throw refused(path, owner, "is written to");
    renameSync(temporary, lockPath);
    return text !== undefined;
  } finally {
    rmSync(guard, { force: true });
  }
}

/** Makes a file appear with its content at once; returns `false` when it is there already. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function isDead(owner: Owner | undefined): boolean {
  return owner !== undefined && isProcessDead(owner);
}

function readOwner(lockPath: string): Owner | undefined {
  const text = readText(lockPath);
  return text === undefined ? undefined : parseOwner(text);
}

function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { pid, started, host, nonce }: Partial<Record<keyof Owner, unknown>> = value;
    const isPid = typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0;
    const isWhole = isPid && typeof started === "string" && typeof host === "string" && typeof nonce === "string";
    return isWhole ? { pid, started, host, nonce } : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a lock; `undefined` where there is none. What cannot be read may be somebody's: it is a text that names nobody. */
function readText(path: string): string | undefined {
  try {
    return readRegularSync(path, MAX_LOCK_BYTES).toString();
  } catch (error) {
    return isMissing(error) ? undefined : "";
  }
}

function refused(path: string, owner: Owner | undefined, problem: string): HarnessError {
  const by = owner === undefined ? "another writer" : `process ${owner.pid} on ${owner.host}`;
  return new HarnessError(
    `The audit log ${path} ${problem} by ${by}. Give each run its own session, or, if no such process lives, delete ${path}.lock`,
    { code: "audit_failed" },
  );
}
