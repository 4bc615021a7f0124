import { join } from "node:path";

import { createChainReader, type BadPlace } from "./chain-reader.ts";
import type { ChainState } from "./check-line.ts";
import { INDEX_FILE } from "./list-logs.ts";
import { MAX_INDEX_BYTES, toEntry, type IndexEntry } from "./log-index.ts";
import { isMissing, readRegular } from "./read-regular.ts";

/** The index of a directory as it was read. */
export interface ReadIndex {
  readonly path: string;
  readonly entries: readonly PlacedEntry[];
  readonly firstBad: BadPlace | undefined;
  readonly state: ChainState;
  /** Hash of each entry, for checkpoints. */
  readonly hashes: readonly string[];
}

/** An entry and its number, from 0. */
export type PlacedEntry = IndexEntry & { readonly seq: number };

/** What the index says that a log must have. */
export interface IndexedLog {
  /** How often it was seen, in the order of the index: what was there once must be there still. */
  readonly states: readonly ChainState[];
  readonly isDeleted: boolean;
  /** A log of this name was deleted before it was opened. */
  readonly isSuccessor: boolean;
  /** Records at which it was closed the last time, and has not been opened since. */
  readonly closedAt: number | undefined;
  /** Records at which it was ever closed: what came later came when it was opened again. */
  readonly pauses: readonly number[];
  /** Milliseconds between the heartbeats that its last writer announced. */
  readonly heartbeatMs: number | undefined;
  /** Verifier key of its last writer's checkpoints. */
  readonly key: string | undefined;
  /** That writer closed it, and not somebody who found it. */
  readonly isClosedByWriter: boolean;
  /** The number of the last entry that tells of it. */
  readonly lastSeq: number;
}

/** Reads an index and its chain; `undefined` where there is none. Throws what `readRegular` throws. */
export async function readIndex(dir: string): Promise<ReadIndex | undefined> {
  const path = join(dir, INDEX_FILE);
  const bytes = await readExisting(path);
  if (bytes === undefined) return undefined;
  const entries: PlacedEntry[] = [];
  const hashes: string[] = [];
  const reader = createChainReader({
    onRecord({ head, records }, line) {
      hashes.push(head);
      const entry = toEntry(Buffer.from(line.bytes).toString());
      if (entry !== undefined) entries.push({ ...entry, seq: records - 1 });
    },
  });
  reader.push(bytes);
  const { firstBad, records, head } = reader.finish();
  return { path, entries, firstBad, hashes, state: { records, head } };
}

/** What the entries of an index say together, by log. */
export function foldIndex(entries: readonly PlacedEntry[]): ReadonlyMap<string, IndexedLog> {
  const logs = new Map<string, IndexedLog>();
  for (const { type, data, seq: lastSeq } of entries) {
    const before = logs.get(data.file) ?? NEW_LOG;
    if (type === "segment_deleted") {
      logs.set(data.file, { ...before, isDeleted: true, lastSeq });
      continue;
    }
    // A session whose log was deleted by rule may begin a new one under the same name.
    const { states, pauses, heartbeatMs, key } = before.isDeleted ? NEW_LOG : before;
    const { records, head } = data;
    const isClosed = type === "segment_closed";
    logs.set(data.file, {
      states: [...states, { records, head }],
      isDeleted: false,
      isSuccessor: before.isDeleted || before.isSuccessor,
      closedAt: isClosed ? records : undefined,
      pauses: isClosed ? [...pauses, records] : pauses,
      heartbeatMs: isClosed ? heartbeatMs : data.heartbeatMs,
      key: isClosed ? key : data.key,
      isClosedByWriter: isClosed && data.reason !== "recovered",
      lastSeq,
    });
  }
  return logs;
}

const NEW_LOG: IndexedLog = {
  states: [],
  isDeleted: false,
  isSuccessor: false,
  closedAt: undefined,
  pauses: [],
  heartbeatMs: undefined,
  key: undefined,
  isClosedByWriter: false,
  lastSeq: -1,
};

async function readExisting(path: string): Promise<Buffer | undefined> {
  try {
    return await readRegular(path, MAX_INDEX_BYTES);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
