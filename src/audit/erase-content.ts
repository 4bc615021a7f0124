import { open } from "node:fs/promises";
import { basename } from "node:path";

import { assertFolder } from "./assert-folder.ts";
import { AuditLogger } from "./audit-logger.ts";
import { erasedMark, splitLine } from "./check-line.ts";
import { findRecords, type AuditFilter } from "./query-audit.ts";
import type { CheckpointSigner } from "./signed-note.ts";

/** What to erase, and why. */
export interface EraseOptions {
  /** The records whose content goes. An empty filter is refused: erasing everything is said by `isEverything`. */
  readonly filter: AuditFilter;
  readonly isEverything?: boolean;
  /** On whose demand and by which rule: it stays in the log, so it names no person. */
  readonly reason: string;
  readonly requestedBy?: string;
  /** Signs the log that tells of it. */
  readonly signer?: CheckpointSigner;
}

/** What was erased. */
export interface Erasure {
  /** Records whose content is gone now. */
  readonly records: number;
  /** The log that tells of it; `undefined` where there was nothing to erase. */
  readonly log: string | undefined;
}

/** Sequences that one record names. */
const MAX_NAMED = 10_000;

/**
 * Erases the content of records in a directory of logs: their text and its salt, so that not even a guess can be checked
 * any more. What was erased, when and why is on record first, in a log of its own; all chains and checkpoints stay as
 * they are, since they cover commitments. Logs that somebody writes to are included: only bytes of lines that are
 * complete change. What other copies hold (backups, exports, a file system's snapshots) is not reached. Throws code
 * "audit_failed" for what is no directory: its index tells of the erasure.
 */
export async function eraseAuditContent(dir: string, options: EraseOptions): Promise<Erasure> {
  const { filter, isEverything = false, reason, requestedBy, signer } = options;
  if (Object.values(filter).every((value) => value === undefined) && !isEverything) {
    throw new TypeError("Say what to erase by a filter, or that it is everything: isEverything");
  }
  if (reason.trim() === "") throw new TypeError("An erasure needs a reason: it is all that stays");
  await assertFolder(dir);
  const places = await findContent(dir, filter);
  if (places.size === 0) return { records: 0, log: undefined };
  const audit = new AuditLogger({ dir, ...(signer === undefined ? {} : { signer }) });
  let records = 0;
  try {
    for (const [file, found] of places) {
      for (let start = 0; start < found.length; start += MAX_NAMED) {
        const sequences = found.slice(start, start + MAX_NAMED).map(({ seq }) => seq);
        const by = requestedBy === undefined ? {} : { requestedBy };
        await audit.record({ type: "content_erased", data: { file: basename(file), sequences, reason, ...by } });
      }
    }
    await audit.flush();
    for (const [file, found] of places) {
      await overwrite(file, found);
      records += found.length;
    }
  } finally {
    await audit.close();
  }
  return { records, log: audit.path };
}

interface ContentPlace {
  readonly seq: number;
  /** Where the salt's field begins, and how long all behind it is. */
  readonly offset: number;
  readonly length: number;
}

async function findContent(dir: string, filter: AuditFilter): Promise<ReadonlyMap<string, readonly ContentPlace[]>> {
  const places = new Map<string, ContentPlace[]>();
  for await (const { record, file, offset, bytes } of findRecords(dir, filter)) {
    const line = Buffer.from(bytes);
    const parts = splitLine(line);
    if (parts?.kind !== "content") continue;
    // The seal, `,"hash":"…"`, stays.
    const at = parts.border + 74;
    const found = places.get(file) ?? [];
    found.push({ seq: record.seq, offset: offset + at, length: line.length - at });
    places.set(file, found);
  }
  return places;
}

/**
 * In place: the lines stay where they are, so that a writer in another process is not disturbed. The log is as old as it
 * was: what is kept for ninety days must not be kept longer because a part of it had to go.
 */
async function overwrite(file: string, places: readonly ContentPlace[]): Promise<void> {
  const handle = await open(file, "r+");
  try {
    const { atime, mtime } = await handle.stat();
    for (const { offset, length } of places) {
      await handle.write(Buffer.from(erasedMark(length)), 0, length, offset);
    }
    await handle.utimes(atime, mtime);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
