import type { KeyObject } from "node:crypto";

import type { AuditAnchor } from "./anchors.ts";
import { fileOfOrigin, isChanged, readCheckpoint, splitNotes, type SignedCheckpoint } from "./checkpoint.ts";

/** Checkpoints by the file that they are of. */
export type CheckpointsByFile = ReadonlyMap<string, readonly SignedCheckpoint[]>;

/** What was kept elsewhere. */
export interface AnchoredCheckpoints {
  readonly byFile: CheckpointsByFile;
  /** Why anchors cannot vouch for anything, or not for all that was given to them. */
  readonly problems: readonly string[];
}

/**
 * Reads the checkpoints that were kept elsewhere. Those of other keys don't count; one that bears this key and was changed
 * is a finding, and so are anchors that hold nothing of it: whoever names them counts on them. Throws what an anchor
 * throws that cannot be read.
 */
export async function readAnchors(
  anchors: readonly (AuditAnchor | string)[],
  publicKey: KeyObject | undefined,
): Promise<AnchoredCheckpoints> {
  const byFile = new Map<string, SignedCheckpoint[]>();
  const problems: string[] = [];
  let isAnyRead = false;
  for (const anchor of anchors) {
    const isText = typeof anchor === "string";
    // Some can only be written.
    const notes = isText ? splitNotes(`${anchor}\n`) : await anchor.read?.();
    isAnyRead ||= notes !== undefined;
    for (const note of notes ?? []) {
      if (publicKey !== undefined && isChanged(note, publicKey)) {
        problems.push(
          `A checkpoint of ${isText ? "the anchors" : `the anchor "${anchor.name}"`} is not what was signed`,
        );
      }
      const checkpoint = readCheckpoint(note, publicKey);
      if (checkpoint === undefined) continue;
      // Without a key the caller vouches for what he brings along.
      if (publicKey !== undefined && !checkpoint.isSigned) continue;
      const file = fileOfOrigin(checkpoint.origin);
      byFile.set(file, [...(byFile.get(file) ?? []), checkpoint]);
    }
  }
  if (isAnyRead && byFile.size === 0) problems.push("No anchor holds a checkpoint that this key signed");
  return { byFile, problems };
}
