import type { KeyObject } from "node:crypto";
import { basename } from "node:path";

import { fileOfOrigin, MAX_NOTE_BYTES, readCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
import { CHECKPOINT_SUFFIX } from "./list-logs.ts";
import type { IndexedLog } from "./read-index.ts";
import { isMissing, readRegular } from "./read-regular.ts";
import { verifierKeyOf } from "./signed-note.ts";
import type { AuditFileReport } from "./verify-log.ts";

/** What stands beside a log as its checkpoint. */
export interface Beside {
  /** With a signature that holds; otherwise none. */
  readonly checkpoints: readonly SignedCheckpoint[];
  /** Whether there is a file at all. */
  readonly isThere: boolean;
}

/** Reads the checkpoint beside a log: whoever can change the log can change it too, unless it is signed. */
export async function readBeside(file: string, publicKey: KeyObject | undefined): Promise<Beside> {
  let note: string;
  try {
    note = (await readRegular(`${file}${CHECKPOINT_SUFFIX}`, MAX_NOTE_BYTES)).toString();
  } catch (error) {
    return { checkpoints: [], isThere: !isMissing(error) };
  }
  const checkpoint = readCheckpoint(note, publicKey);
  const isOwn = checkpoint?.isSigned === true && fileOfOrigin(checkpoint.origin) === basename(file);
  return { checkpoints: isOwn ? [checkpoint] : [], isThere: true };
}

/** What is wrong with the checkpoint beside a log whose writer, as the index says, signed with this key. */
export function findUnsigned(
  { file, records, signedRecords }: Pick<AuditFileReport, "file" | "records" | "signedRecords">,
  { checkpoints, isThere }: Beside,
  { log, publicKey }: { readonly log: IndexedLog | undefined; readonly publicKey: KeyObject | undefined },
): string | undefined {
  if (publicKey === undefined || log?.key === undefined || !isKeyOf(log.key, publicKey)) return undefined;
  if (checkpoints.length > 0) return undefined;
  if (isThere) return `${file}${CHECKPOINT_SUFFIX} is not what was signed`;
  // A writer that died may have come to none; one that closed its log signed it, and anchors may know that.
  return log.isClosedByWriter && signedRecords < records ? `${file}${CHECKPOINT_SUFFIX} is missing` : undefined;
}

/** Whether a verifier key is that of a key. */
export function isKeyOf(verifierKey: string, publicKey: KeyObject): boolean {
  const [name = ""] = verifierKey.split("+", 1);
  return verifierKeyOf(name, publicKey) === verifierKey;
}
