import type { KeyObject } from "node:crypto";
import { join } from "node:path";

import { describeError } from "../errors/index.ts";
import type { CheckpointsByFile } from "./anchored-checkpoints.ts";
import { isKeyOf, readBeside } from "./beside.ts";
import type { SignedCheckpoint } from "./checkpoint.ts";
import { CHECKPOINT_SUFFIX, INDEX_FILE } from "./list-logs.ts";
import { createMerkleTree } from "./merkle-tree.ts";
import { foldIndex, readIndex, type IndexedLog, type ReadIndex } from "./read-index.ts";

/** What verification found in the index of a directory. */
export interface VerifiedIndex {
  /** `undefined` where there is none, or none that can be read. */
  readonly index: ReadIndex | undefined;
  /** What it says, by log. */
  readonly logs: ReadonlyMap<string, IndexedLog>;
  readonly problems: readonly string[];
  /** A signature vouches for something of it, or for all. */
  readonly signed: "nothing" | "something" | "all";
  /** The logs of which the signed part of it tells, down to their last entry. */
  readonly vouched: ReadonlySet<string>;
}

/** What the index is compared with. */
export interface IndexExpectation {
  readonly anchored: CheckpointsByFile;
  readonly publicKey: KeyObject | undefined;
  /** There are logs, which no directory has without an index. */
  readonly hasLogs: boolean;
}

/** Verifies the index of a directory. Never throws for what it reads. */
export async function verifyIndex(
  dir: string,
  { anchored, publicKey, hasLogs }: IndexExpectation,
): Promise<VerifiedIndex> {
  const path = join(dir, INDEX_FILE);
  // Before what it signs, which may grow meanwhile.
  const beside = await readBeside(path, publicKey);
  let index: ReadIndex | undefined;
  try {
    index = await readIndex(dir);
  } catch (error) {
    const problem = `${path} cannot be read: ${describeError(error)}`;
    return { index, logs: new Map(), problems: [problem], signed: "nothing", vouched: new Set() };
  }
  const records = index?.state.records ?? 0;
  // What came between the two was signed a moment later.
  const latest = (await readBeside(path, publicKey)).checkpoints.filter(({ size }) => size <= records);
  const signed = [...(anchored.get(INDEX_FILE) ?? []), ...beside.checkpoints, ...latest];
  const logs = foldIndex(index?.entries ?? []);
  const isNew = index === undefined && !hasLogs && signed.length === 0;
  const problems = isNew ? [] : checkIndex(path, index, signed);
  if (beside.isThere && beside.checkpoints.length === 0 && isSignedByAll(logs, publicKey)) {
    problems.push(`${path}${CHECKPOINT_SUFFIX} is not what was signed`);
  }
  const most = Math.max(0, ...signed.map(({ size }) => size));
  const vouched = [...logs].filter(([, { lastSeq }]) => lastSeq < most).map(([name]) => name);
  // The newest checkpoint stands beside it; anchors may have the same, or only older ones.
  const isWhole = beside.checkpoints.length > 0 || most >= records;
  const how = isWhole ? "all" : "something";
  return { index, logs, problems, signed: signed.length === 0 ? "nothing" : how, vouched: new Set(vouched) };
}

/** Nobody else has signed here: what stands beside the index was signed with this key. */
function isSignedByAll(logs: ReadonlyMap<string, IndexedLog>, publicKey: KeyObject | undefined): boolean {
  const keys = [...logs.values()].flatMap(({ key }) => key ?? []);
  return publicKey !== undefined && keys.length > 0 && keys.every((key) => isKeyOf(key, publicKey));
}

function checkIndex(path: string, index: ReadIndex | undefined, checkpoints: readonly SignedCheckpoint[]): string[] {
  if (index === undefined) return [`${path} is missing`];
  if (index.firstBad !== undefined) {
    const { line, reason } = index.firstBad;
    return [`${path}: line ${line}: ${reason}`];
  }
  const most = Math.max(0, ...checkpoints.map(({ size }) => size));
  if (index.state.records < most)
    return [`${path} has ${index.state.records} entries, and ${most} were signed: truncated`];
  const roots = new Map(checkpoints.map(({ size, root }) => [size, root]));
  const tree = createMerkleTree();
  for (const hash of index.hashes) {
    tree.add(hash);
    const root = roots.get(tree.size);
    if (root !== undefined && root !== tree.root())
      return [`${path} is not what was signed at entry ${tree.size}: rewritten`];
  }
  return [];
}
