import { fdatasync, ftruncateSync, writeSync } from "node:fs";
import { promisify } from "node:util";

/** Bytes that may wait to be written. */
const MAX_WAITING = 128 * 1024;
/** UTF-8 never makes more of a unit of a string. */
const MAX_UNIT_BYTES = 3;
/** Milliseconds that a text waits for others, when nobody waits for it. */
const GROUP_MS = 50;

const syncData = promisify(fdatasync);

/** Adds texts to a file in groups. Methods throw the system's error. */
export interface GroupWriter {
  /** Bytes of the file, with what waits to be written. */
  readonly bytes: number;
  /** Adds a text, given in two pieces; it is written some milliseconds later at the latest. */
  append(first: string, second: string): void;
  /** Resolves when everything so far is written: at the end of the tick, with all that others add until then. */
  written(): Promise<void>;
  /** Writes what waits. */
  flush(): void;
  /** Writes what waits and resolves when it is on the disk; calls of the same moment share one sync. */
  sync(): Promise<void>;
  /** Writes what waits for the last time. Does not close the file. */
  close(): void;
}

/** How a writer begins. */
export interface GroupWriterOptions {
  /** Bytes that the file has. */
  readonly bytes: number;
  /** Called before each write with the bytes that the file must have: it may refuse by a throw. */
  readonly beforeWrite: (bytes: number) => void;
  /** Hears of a write that failed when nobody waited for it. */
  readonly onError: (error: unknown) => void;
}

/** Makes a writer for a file that is open for appending. */
export function openGroupWriter(fd: number, { bytes: start, beforeWrite, onError }: GroupWriterOptions): GroupWriter {
  let onDisk = start;
  /** Texts are encoded when they come: kept as they are, each would outlive many collections of garbage. */
  let waiting: Buffer | undefined;
  let used = 0;
  let timer: NodeJS.Timeout | undefined;
  let batch: Promise<void> | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === undefined || used === 0) return;
    write(waiting.subarray(0, used));
  };

  const write = (bytes: Buffer): void => {
    beforeWrite(onDisk);
    used = 0;
    writeLines(fd, bytes, onDisk);
    onDisk += bytes.length;
  };

  const flushLater = (): void => {
    try {
      flush();
    } catch (error) {
      onError(error);
    }
  };

  return {
    get bytes() {
      return onDisk + used;
    },
    append(first, second) {
      waiting ??= Buffer.allocUnsafeSlow(MAX_WAITING);
      const most = (first.length + second.length) * MAX_UNIT_BYTES;
      if (used + most > waiting.length) flush();
      if (most > waiting.length) return write(Buffer.from(first + second));
      used += waiting.write(first, used);
      used += waiting.write(second, used);
      timer ??= setTimeout(flushLater, GROUP_MS);
    },
    async written() {
      batch ??= nextTick(() => {
        batch = undefined;
        flush();
      });
      await batch;
    },
    flush,
    sync: shareSync(fd, flush),
    close() {
      try {
        flush();
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/**
 * Writes whole lines at the end of a file of so many bytes. Where a disk is full, nothing of a line that did not fit stays:
 * nobody may come to recover it.
 */
export function writeLines(fd: number, bytes: Buffer, position: number): void {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    if (written > 0) ftruncateSync(fd, position + bytes.lastIndexOf(10, written - 1) + 1);
    throw error;
  }
}

/** Does something at the end of the tick. */
async function nextTick(work: () => void): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  work();
}

/** Calls of the same moment share one sync. */
function shareSync(fd: number, flush: () => void): () => Promise<void> {
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  /** Waits for the sync that is under way, which may have begun too early for what was written meanwhile. */
  const syncNext = async (): Promise<void> => {
    await running;
    queued = undefined;
    flush();
    running = syncData(fd);
    await running;
  };

  return async () => {
    queued ??= syncNext();
    await queued;
  };
}
