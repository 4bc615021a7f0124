import { once } from "node:events";
import { watch } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

import type { AuditRecord } from "../spec/index.ts";
import { assertFolder } from "./assert-folder.ts";
import { listLogs, type LogFileInfo } from "./list-logs.ts";
import { parseRecord } from "./parse-record.ts";
import { createLineSplitter, type LineSplitter } from "./split-lines.ts";

/** Options of `tailAudit`. */
export interface TailOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Give what is there already, too. @default false */
  readonly isFromStart?: boolean;
}

/** A log that is followed. */
interface Followed {
  offset: number;
  readonly splitter: LineSplitter;
}

/**
 * Follows the logs of a directory, those that begin later included: gives each record as it is written, until `signal` is
 * aborted. Verifies nothing. Throws code "audit_failed" for what is no directory, and the system's error for one that cannot
 * be read.
 */
export async function* tailAudit(
  dir: string,
  { signal, isFromStart = false }: TailOptions,
): AsyncGenerator<AuditRecord> {
  await assertFolder(dir);
  const followed = new Map<string, Followed>();
  for (const { name, bytes } of await listFiles(dir)) {
    followed.set(name, { offset: isFromStart ? 0 : bytes, splitter: createLineSplitter() });
  }
  const changes = watch(dir, { signal });
  try {
    while (!signal.aborted) {
      // Asked for before reading: what is written meanwhile wakes the next round.
      const changed = once(changes, "change", { signal }).catch(() => undefined);
      for (const { name } of await listFiles(dir)) {
        const log = followed.get(name) ?? { offset: 0, splitter: createLineSplitter() };
        followed.set(name, log);
        yield* readNew(join(dir, name), log);
      }
      await changed;
    }
  } finally {
    changes.close();
  }
}

async function listFiles(dir: string): Promise<readonly LogFileInfo[]> {
  return (await listLogs(dir)).filter(({ isFile }) => isFile);
}

async function* readNew(path: string, log: Followed): AsyncGenerator<AuditRecord> {
  const handle = await open(path);
  try {
    const buffer = Buffer.alloc(64 * 1024);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, log.offset);
      if (bytesRead === 0) return;
      log.offset += bytesRead;
      const lines = [...log.splitter.push(buffer.subarray(0, bytesRead))];
      yield* lines
        .map(({ bytes }) => parseRecord(Buffer.from(bytes).toString()))
        .filter((found) => found !== undefined);
    }
  } finally {
    await handle.close();
  }
}
