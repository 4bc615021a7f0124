import { AuditChainError } from "../errors/index.ts";
import { MAX_NOTE_BYTES, originOf, readCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { CHECKPOINT_SUFFIX } from "./list-logs.ts";
import type { MerkleTree } from "./merkle-tree.ts";
import { readRegularSync } from "./read-regular.ts";
import type { CheckpointSigner } from "./signed-note.ts";

/** Compares a file with what was signed of it while its records are added to a tree. */
export interface SignedRoot {
  /** To be called after each record. */
  see(tree: MerkleTree): void;
  /** Throws `AuditChainError` when the file is not, or not any more, what was signed. */
  check(records: number): void;
}

/** What a signer signed last of a file; `undefined` where there is nothing, or somebody else's. */
export function readSigned(path: string, name: string, signer: CheckpointSigner): Checkpoint | undefined {
  let note: string;
  try {
    note = readRegularSync(`${path}${CHECKPOINT_SUFFIX}`, MAX_NOTE_BYTES).toString();
  } catch {
    return undefined;
  }
  const checkpoint = readCheckpoint(note, signer.publicKey);
  return checkpoint?.isSigned === true && checkpoint.origin === originOf(signer.name, name) ? checkpoint : undefined;
}

/**
 * A file that has lost records which were signed, or whose records are others, must not go on as if nothing had happened:
 * the next signature would vouch for what somebody made of it.
 */
export function expectSigned(path: string, signed: Checkpoint | undefined): SignedRoot {
  let root: string | undefined;
  return {
    see(tree) {
      if (tree.size === signed?.size) root = tree.root();
    },
    check(records) {
      if (signed === undefined || signed.size === 0 || root === signed.root) return;
      const problem =
        records < signed.size
          ? `has ${records} records, and ${signed.size} were signed: its end was cut off`
          : `is not what was signed at record ${signed.size - 1}: it was rewritten`;
      throw new AuditChainError(
        `The audit log ${path} ${problem}. Keep it for those who look into it, and start a new session, or name another directory`,
      );
    },
  };
}
