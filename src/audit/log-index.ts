import { constants, closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

import { AuditChainError } from "../errors/index.ts";
import { createChainReader } from "./chain-reader.ts";
import { checkLine, EMPTY_CHAIN, type ChainState } from "./check-line.ts";
import { MAX_NOTE_BYTES, originOf, signCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
import { writeLines } from "./group-writer.ts";
import { CHECKPOINT_SUFFIX, INDEX_FILE } from "./list-logs.ts";
import { createMerkleTree, type MerkleTree } from "./merkle-tree.ts";
import { parseRecord } from "./parse-record.ts";
import { putFile } from "./put-file.ts";
import { FLAGS, readRegularSync } from "./read-regular.ts";
import { createSalter, sealRecord } from "./seal-record.ts";
import type { CheckpointSigner } from "./signed-note.ts";
import { expectSigned, readSigned } from "./signed-root.ts";
import { lockBriefly } from "./writer-lock.ts";
import type { AuditEventData, JsonObject } from "../spec/index.ts";

/** What the index tells of logs. */
export type IndexEventType = "segment_opened" | "segment_closed" | "segment_deleted";

/** An entry for the index. */
export type IndexEvent = {
  readonly [Type in IndexEventType]: { readonly type: Type; readonly data: AuditEventData[Type] };
}[IndexEventType];

/** An entry of the index as it was read. */
export type IndexEntry = IndexEvent;

/** Who writes to an index. */
export interface IndexWriter {
  readonly dir: string;
  readonly now: () => number;
  readonly signer: CheckpointSigner | undefined;
  /** Force what is added to the disk. */
  readonly isDurable: boolean;
}

/** More than the index of ten million logs has. */
export const MAX_INDEX_BYTES = 1_900_000_000;
/** More than a line of the index ever has. */
const TAIL_BYTES = 64 * 1024;

/**
 * Adds entries to the index of a directory, and signs it anew where there is a signer. Processes take turns. Returns the
 * index's checkpoint, for anchors. Throws `AuditChainError` for an index that does not end as one does, or that is not what
 * this signer signed, and code "audit_failed" when it stays locked.
 */
export function appendIndex(writer: IndexWriter, events: readonly IndexEvent[]): SignedCheckpoint | undefined {
  const path = join(writer.dir, INDEX_FILE);
  const lock = lockBriefly(path);
  try {
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
    const fd = openSync(path, flags, 0o600);
    try {
      const start = readTail(fd, path);
      const tree = writer.signer === undefined ? undefined : openTree(path, start, writer.signer);
      const state = writeEntries(fd, events, { start, tree, now: writer.now });
      if (writer.isDurable) fdatasyncSync(fd);
      return tree === undefined || writer.signer === undefined
        ? undefined
        : sign(path, { ...state, tree }, writer.signer);
    } finally {
      closeSync(fd);
    }
  } finally {
    lock.release();
  }
}

/** The log that was closed last: what a new one follows. */
export function lastClosed(dir: string): AuditEventData["segment_opened"]["previous"] {
  let text: string;
  try {
    const fd = openSync(join(dir, INDEX_FILE), FLAGS);
    try {
      text = readEnd(fd).toString();
    } finally {
      closeSync(fd);
    }
  } catch {
    // A directory that is new; one that cannot be read is found out when the index is written.
    return undefined;
  }
  const lines = text.split("\n");
  const entry = lines.map((line) => toEntry(line)).findLast((found) => found?.type === "segment_closed");
  if (entry?.type !== "segment_closed") return undefined;
  const { file, records, head } = entry.data;
  return { file, records, head };
}

/** A line of the index as an entry; `undefined` for another one. */
export function toEntry(line: string): IndexEntry | undefined {
  const record = parseRecord(line);
  if (record === undefined) return undefined;
  const { event_type: type, data } = record;
  const { file, records, head } = data;
  if (typeof file !== "string") return undefined;
  const hasState = typeof records === "number" && typeof head === "string";
  const isKnown = type === "segment_deleted" || (hasState && (type === "segment_opened" || type === "segment_closed"));
  // The fields that are read have been looked at; the chain holds the rest.
  return isKnown ? ({ type, data } as unknown as IndexEntry) : undefined;
}

interface Tail {
  readonly state: ChainState;
  readonly size: number;
}

/** Where the index ends. A torn last line is cut off. The rest is not read: `verifyAudit` does that. */
function readTail(fd: number, path: string): Tail {
  const info = fstatSync(fd);
  if (!info.isFile()) throw broken(path);
  const { size } = info;
  const bytes = readEnd(fd);
  const end = bytes.lastIndexOf(10) + 1;
  const torn = bytes.length - end;
  if (torn > 0) ftruncateSync(fd, size - torn);
  if (end === 0) {
    if (size > torn) throw broken(path);
    return { state: EMPTY_CHAIN, size: 0 };
  }
  const line = bytes.subarray(bytes.lastIndexOf(10, end - 2) + 1, end - 1);
  const last = parseRecord(line.toString());
  const state = last === undefined ? undefined : checkLine(line, { records: last.seq, head: last.prev });
  if (state === undefined || typeof state === "string") throw broken(path);
  return { state: { records: state.records, head: state.head }, size: size - torn };
}

function readEnd(fd: number): Buffer {
  const { size } = fstatSync(fd);
  const bytes = Buffer.alloc(Math.min(TAIL_BYTES, size));
  readSync(fd, bytes, 0, bytes.length, size - bytes.length);
  return bytes;
}

function writeEntries(
  fd: number,
  events: readonly IndexEvent[],
  { start, tree, now }: { readonly start: Tail; readonly tree: MerkleTree | undefined; readonly now: () => number },
): ChainState {
  const timestamp = new Date(now()).toISOString();
  let { state } = start;
  const salt = createSalter();
  let text = "";
  for (const { type, data } of events) {
    const body = { timestamp, type, sessionId: "index", agent: "main", dataJson: JSON.stringify(data) };
    const { body: open, seal, hash } = sealRecord(body, { seq: state.records, prev: state.head, salt });
    state = { records: state.records + 1, head: hash };
    tree?.add(hash);
    text += `${open}${seal}\n`;
  }
  writeLines(fd, Buffer.from(text), start.size);
  return state;
}

/** The tree of the index as it was left, or, when something else wrote to it meanwhile, of the whole file. */
function openTree(path: string, { state }: Tail, signer: CheckpointSigner): MerkleTree {
  const signed = readSigned(path, INDEX_FILE, signer);
  const kept = readKeptTree(path);
  if (kept?.size === state.records && kept.head === state.head && kept.size === signed?.size) {
    const tree = createMerkleTree(kept);
    if (tree.root() === signed.root) return tree;
  }
  const tree = createMerkleTree();
  const expected = expectSigned(path, signed);
  const reader = createChainReader({
    onRecord({ head }) {
      tree.add(head);
      expected.see(tree);
    },
  });
  if (state.records > 0) reader.push(readRegularSync(path, MAX_INDEX_BYTES));
  if (tree.size !== state.records) throw broken(path);
  expected.check(tree.size);
  return tree;
}

interface KeptTree {
  readonly size: number;
  readonly head: string;
  readonly edge: readonly string[];
}

/** A shortcut, taken where it leads to what was signed. */
function readKeptTree(path: string): KeptTree | undefined {
  try {
    const value: unknown = JSON.parse(readRegularSync(`${path}.tree`, MAX_NOTE_BYTES).toString());
    if (typeof value !== "object" || value === null) return undefined;
    const { size, head, edge }: Partial<Record<keyof KeptTree, unknown>> = value;
    const isEdge = Array.isArray(edge) && edge.every((node) => typeof node === "string" && /^[0-9a-f]{64}$/.test(node));
    return typeof size === "number" && typeof head === "string" && isEdge ? { size, head, edge } : undefined;
  } catch {
    return undefined;
  }
}

function sign(
  path: string,
  { records, head, tree }: ChainState & { readonly tree: MerkleTree },
  signer: CheckpointSigner,
) {
  const kept: JsonObject = { size: records, head, edge: tree.edge() };
  const signed = signCheckpoint(
    { origin: originOf(signer.name, INDEX_FILE), size: records, root: tree.root() },
    signer,
  );
  putFile(`${path}.tree`, JSON.stringify(kept));
  putFile(`${path}${CHECKPOINT_SUFFIX}`, signed.note);
  return signed;
}

function broken(path: string): AuditChainError {
  return new AuditChainError(
    `The index ${path} does not end with a sound entry: run harness audit verify, keep the directory for those who look into it, and name another one`,
  );
}
