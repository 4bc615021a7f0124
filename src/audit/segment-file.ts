import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
} from "node:fs";
import { basename, dirname } from "node:path";

import { AuditChainError } from "../errors/index.ts";
import { createChainReader } from "./chain-reader.ts";
import { EMPTY_CHAIN, type ChainState } from "./check-line.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { openGroupWriter } from "./group-writer.ts";
import { createMerkleTree, type MerkleTree } from "./merkle-tree.ts";
import { createSalter, sealRecord, type RecordBody } from "./seal-record.ts";
import { expectSigned, type SignedRoot } from "./signed-root.ts";
import { lockWriter, type WriterLock } from "./writer-lock.ts";

/** An open log file with its chain; this process is its only writer. Methods throw the system's error. */
export interface SegmentFile {
  readonly path: string;
  /** The file's name. */
  readonly name: string;
  /** Records and last hash, those included that wait to be written. */
  readonly state: ChainState;
  /** Bytes of the file, with what waits to be written. */
  readonly bytes: number;
  /** Over all records; `undefined` where nobody signs. */
  readonly tree: MerkleTree | undefined;
  /** Bytes of a torn last line that were cut off when the file was opened; `undefined` when it was whole. */
  readonly droppedBytes: number | undefined;
  /** Its last writer died: this process took its lock over. */
  readonly isTakenOver: boolean;
  /** Adds a record to the chain; it is written some milliseconds later at the latest. */
  append(body: RecordBody): void;
  /** Resolves when everything so far is written: at the end of the tick, with all that others add until then. */
  written(): Promise<void>;
  /** Writes what waits. */
  flush(): void;
  /** Writes what waits and resolves when it is on the disk; calls of the same moment share one sync. */
  sync(): Promise<void>;
  /** Writes what waits, closes the file and gives it free. */
  close(): void;
}

/** How a log file is opened. */
export interface SegmentOptions {
  /** Hears of a write that failed when nobody waited for it. */
  readonly onError: (error: unknown) => void;
  /** Make the new file's name itself survive a crash. */
  readonly isDurable: boolean;
  /** Keep a Merkle tree, for checkpoints. */
  readonly hasTree: boolean;
  /** What was signed of the file; needs the tree. */
  readonly signed?: Checkpoint | undefined;
}

/**
 * Opens a log file to go on with it. Creates its directory (mode 0700) and the file (0600) where they are missing. A
 * torn last line is cut off. Throws `AuditChainError` when the chain is broken or not what was signed, and code "audit_failed" when another
 * process writes to the file.
 */
export function openSegment(path: string, options: SegmentOptions): SegmentFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = lockWriter(path);
  try {
    const { fd, isNew } = openFile(path);
    try {
      if (isNew && options.isDurable) syncDirectory(dirname(path));
      const tree = options.hasTree ? createMerkleTree() : undefined;
      const expected = expectSigned(path, options.signed);
      const recovered = isNew
        ? { state: EMPTY_CHAIN, bytes: 0, droppedBytes: undefined }
        : recoverChain(fd, path, { tree, expected });
      expected.check(recovered.state.records);
      return openChain({ path, fd, lock, tree, ...recovered, onError: options.onError });
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

interface Recovered {
  readonly state: ChainState;
  readonly bytes: number;
  readonly droppedBytes: number | undefined;
}

function recoverChain(
  fd: number,
  path: string,
  { tree, expected }: { readonly tree: MerkleTree | undefined; readonly expected: SignedRoot },
): Recovered {
  const reader = createChainReader({
    onRecord({ head }) {
      tree?.add(head);
      if (tree !== undefined) expected.see(tree);
    },
  });
  const buffer = Buffer.allocUnsafe(256 * 1024);
  let position = 0;
  for (let size = readSync(fd, buffer, 0, buffer.length, position); size > 0;) {
    position += size;
    if (!reader.push(buffer.subarray(0, size))) break;
    size = readSync(fd, buffer, 0, buffer.length, position);
  }
  const { records, head, firstBad, tornBytes, soundBytes } = reader.finish();
  const recovered = { state: { records, head }, bytes: soundBytes };
  if (firstBad === undefined) return { ...recovered, droppedBytes: undefined };
  const isTorn = firstBad.reason === "torn_line" || firstBad.reason === "empty";
  if (!isTorn) {
    throw new AuditChainError(
      `The audit log ${path} is broken at line ${firstBad.line} (${firstBad.reason}). Keep it for those who look into it, ` +
        "and start a new session, or name another directory",
    );
  }
  ftruncateSync(fd, soundBytes);
  return { ...recovered, droppedBytes: tornBytes };
}

interface WriterParts extends Recovered {
  readonly path: string;
  readonly fd: number;
  readonly lock: WriterLock;
  readonly tree: MerkleTree | undefined;
  readonly onError: (error: unknown) => void;
}

function openChain({ path, fd, lock, tree, droppedBytes, onError, ...start }: WriterParts): SegmentFile {
  let { state } = start;
  const salt = createSalter();
  const writer = openGroupWriter(fd, {
    bytes: start.bytes,
    onError,
    beforeWrite: (expected) => checkFence(fd, { path, lock, expected }),
  });
  return {
    path,
    name: basename(path),
    tree,
    droppedBytes,
    isTakenOver: lock.isTakenOver,
    get state() {
      return state;
    },
    get bytes() {
      return writer.bytes;
    },
    append(body) {
      const { body: open, seal, hash } = sealRecord(body, { seq: state.records, prev: state.head, salt });
      state = { records: state.records + 1, head: hash };
      tree?.add(hash);
      writer.append(open, `${seal}\n`);
    },
    written: () => writer.written(),
    flush: () => writer.flush(),
    sync: () => writer.sync(),
    close() {
      try {
        writer.close();
      } finally {
        closeSync(fd);
        lock.release();
      }
    },
  };
}

/** A writer that slept while another took it for dead, or a file that somebody else wrote to: nothing more is added. */
function checkFence(
  fd: number,
  { path, lock, expected }: { readonly path: string; readonly lock: WriterLock; readonly expected: number },
): void {
  if (!lock.isHeld()) throw new AuditChainError(`The lock of the audit log ${path} was taken over by another writer`);
  const { size } = fstatSync(fd);
  if (size === expected) return;
  throw new AuditChainError(`The audit log ${path} has ${size} bytes, not the ${expected} that were written`);
}

/** Windows cannot open directories, and needs no sync for their names. */
export function syncDirectory(dir: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(dir, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
