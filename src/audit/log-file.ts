import {
  closeSync,
  constants,
  fchmodSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";

import { AuditChainError } from "../errors/index.ts";
import { EMPTY_CHAIN, sealRecord, type AuditBody, type ChainState } from "./audit-record.ts";
import { createChainReader } from "./chain-reader.ts";
import { lockWriter, type WriterLock } from "./writer-lock.ts";

/** Characters that may wait for the end of the tick. */
const MAX_BUFFERED = 1024 * 1024;

const syncData = promisify(fdatasync);

/** An open log with its chain; this process is its only writer. Methods throw the system's error. */
export interface LogFile {
  readonly path: string;
  /** Bytes of a torn last line that were cut off when the file was opened; `undefined` when it was whole. */
  readonly droppedBytes: number | undefined;
  /** Adds a record to the chain; it is written at the end of the tick at the latest. */
  append(body: AuditBody): void;
  /** Writes what waits. */
  flush(): void;
  /** Writes what waits and resolves when it is on the disk; calls of the same moment share one sync. */
  sync(): Promise<void>;
  /** Writes what waits, closes the file and gives it free. */
  close(): void;
}

/** How a log is opened. */
export interface LogFileOptions {
  /** Hears of a write at the end of a tick that failed. */
  readonly onError: (error: unknown) => void;
  /** Make the new file's name itself survive a crash. */
  readonly isDurable: boolean;
}

/**
 * Opens a log to go on with it. Creates its directory (mode 0700) and the file (0600) where they are missing. A torn
 * last line is cut off. Throws `AuditChainError` when the chain is broken, and code "audit_failed" when another process
 * writes to the file.
 */
export function openLogFile(path: string, { onError, isDurable }: LogFileOptions): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = lockWriter(path);
  try {
    const { fd, isNew } = openFile(path);
    try {
      if (isNew && isDurable) syncDirectory(dirname(path));
      const { state, droppedBytes } = isNew ? { state: EMPTY_CHAIN, droppedBytes: undefined } : recoverChain(fd, path);
      return openWriter({ path, fd, lock, state, droppedBytes, onError });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openFile(path: string): { readonly fd: number; readonly isNew: boolean } {
  // A link in the log's place would send the records elsewhere.
  const flags = constants.O_RDWR | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);
  try {
    return { fd: openSync(path, flags | constants.O_CREAT | constants.O_EXCL, 0o600), isNew: true };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const fd = openSync(path, flags);
  const info = fstatSync(fd);
  if (!info.isFile()) {
    closeSync(fd);
    throw new AuditChainError(`${path} is not a regular file`);
  }
  if ((info.mode & 0o077) !== 0) fchmodSync(fd, 0o600);
  return { fd, isNew: false };
}

function recoverChain(
  fd: number,
  path: string,
): { readonly state: ChainState; readonly droppedBytes: number | undefined } {
  const reader = createChainReader();
  const buffer = Buffer.allocUnsafe(256 * 1024);
  let position = 0;
  for (let size = readSync(fd, buffer, 0, buffer.length, position); size > 0;) {
    position += size;
    if (!reader.push(buffer.subarray(0, size))) break;
    size = readSync(fd, buffer, 0, buffer.length, position);
  }
  const { records, head, firstBad, tornBytes, soundBytes } = reader.finish();
  const state = { records, head };
  if (firstBad === undefined) return { state, droppedBytes: undefined };
  const isTorn = firstBad.reason === "torn_line" || firstBad.reason === "empty";
  if (!isTorn) {
    throw new AuditChainError(
      `The audit log ${path} is broken at line ${firstBad.line} (${firstBad.reason}). Keep it for those who look into it, ` +
        "and start a new session, or name another directory",
    );
  }
  ftruncateSync(fd, soundBytes);
  return { state, droppedBytes: tornBytes };
}

interface WriterOptions {
  readonly path: string;
  readonly fd: number;
  readonly lock: WriterLock;
  readonly state: ChainState;
  readonly droppedBytes: number | undefined;
  readonly onError: (error: unknown) => void;
}

function openWriter({ path, fd, lock, state, droppedBytes, onError }: WriterOptions): LogFile {
  let { records, head } = state;
  let buffered = "";
  let timer: NodeJS.Immediate | undefined;
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  const flush = (): void => {
    clearImmediate(timer);
    timer = undefined;
    if (buffered === "") return;
    const bytes = Buffer.from(buffered);
    buffered = "";
    for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
  };

  const flushLater = (): void => {
    try {
      flush();
    } catch (error) {
      onError(error);
    }
  };

  /** Waits for the sync that is under way, which may have begun too early for what was written meanwhile. */
  const syncNext = async (): Promise<void> => {
    await running;
    queued = undefined;
    flush();
    running = syncData(fd);
    await running;
  };

  return {
    path,
    droppedBytes,
    append(body) {
      const { line, hash } = sealRecord(body, records, head);
      records += 1;
      head = hash;
      buffered += `${line}\n`;
      if (buffered.length > MAX_BUFFERED) flush();
      else timer ??= setImmediate(flushLater);
    },
    flush,
    async sync() {
      queued ??= syncNext();
      await queued;
    },
    close() {
      try {
        flush();
      } finally {
        closeSync(fd);
        lock.release();
      }
    },
  };
}

/** Windows cannot open directories, and needs no sync for their names. */
function syncDirectory(dir: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(dir, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
