import type { KeyObject } from "node:crypto";

import { bearsKey, isSignedBy, parseNote, signNote, type CheckpointSigner } from "./signed-note.ts";

/** A log at one moment, as its writer signed it: https://c2sp.org/tlog-checkpoint. */
export interface Checkpoint {
  /** Whose log, and which of their files: `<signer>/<file>`. */
  readonly origin: string;
  /** Records. */
  readonly size: number;
  /** Root of the Merkle tree (RFC 6962) over the records' hashes, base64. */
  readonly root: string;
}

/** More than a checkpoint ever has, with the signatures of many witnesses. */
export const MAX_NOTE_BYTES = 1_000_000;

/** A checkpoint and the note that it stands in. */
export interface SignedCheckpoint extends Checkpoint {
  /** The signed note: what goes to anchors. */
  readonly note: string;
}

/** Signs a checkpoint. The key has the origin as its name, so that every file is a log of its own for other tools. */
export function signCheckpoint({ origin, size, root }: Checkpoint, signer: CheckpointSigner): SignedCheckpoint {
  return { origin, size, root, note: signNote(`${origin}\n${size}\n${root}\n`, origin, signer) };
}

/** The origin of a log file's checkpoints. */
export function originOf(signerName: string, file: string): string {
  return `${signerName}/${file}`;
}

/** The log file that an origin names. */
export function fileOfOrigin(origin: string): string {
  return origin.slice(origin.lastIndexOf("/") + 1);
}

/** A checkpoint that was read, and whether a key signed it; `undefined` for a text that is none. */
export function readCheckpoint(
  note: string,
  publicKey: KeyObject | undefined,
): (SignedCheckpoint & { readonly isSigned: boolean }) | undefined {
  const parsed = parseNote(note);
  const [origin, size, root] = parsed?.text.split("\n") ?? [];
  if (parsed === undefined || origin === undefined || size === undefined || root === undefined) return undefined;
  if (origin === "" || !/^(?:0|[1-9]\d{0,15})$/.test(size) || !/^[A-Za-z0-9+/]{43}=$/.test(root)) return undefined;
  const isSigned = publicKey !== undefined && isSignedBy(parsed, origin, publicKey);
  return { origin, size: Number(size), root, note, isSigned };
}

/** Whether a note is not what a key signed: it is none, or bears a signature of the key that does not hold. */
export function isChanged(note: string, publicKey: KeyObject): boolean {
  const parsed = parseNote(note);
  if (parsed === undefined) return true;
  return bearsKey(parsed, publicKey) && readCheckpoint(note, publicKey)?.isSigned !== true;
}

/** The notes of a text that holds several, one after the other. */
export function splitNotes(text: string): readonly string[] {
  return text.match(/(?:[^\n]+\n)+\n(?:— [^\n]+\n)+/g) ?? [];
}
