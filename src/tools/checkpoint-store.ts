import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";

import { createFiles } from "../files/index.ts";
import type { Files } from "../spec/index.ts";

/** A kept copy of a file. */
export interface CheckpointVersion {
  /** From 1, without gaps for each file. */
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
  readonly size: number;
  readonly sha256: string;
}

/** Keeps copies of files under the hashes of their paths and contents, so that no two names can collide. */
export interface CheckpointStore {
  save(path: string, bytes: Uint8Array, savedAt: number): Promise<CheckpointVersion>;
  /** Oldest first. */
  versions(path: string): Promise<readonly CheckpointVersion[]>;
  /** Throws when the copy is not what was saved. */
  load(path: string, version: CheckpointVersion): Promise<Uint8Array>;
  /** All files with copies. */
  list(): Promise<readonly { readonly path: string; readonly versions: readonly CheckpointVersion[] }[]>;
}

/** What a manifest holds. */
interface Manifest {
  readonly path: string;
  readonly versions: readonly CheckpointVersion[];
}

const MANIFEST = "manifest.json";

/** Opens the store in a directory, which is made when it is not there and only its owner may enter. */
export async function openCheckpointStore(directory: string): Promise<CheckpointStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = await createFiles({ cwd: directory, protectedPaths: [] });
  const versions = async (path: string): Promise<readonly CheckpointVersion[]> =>
    (await readManifest(files, `${hash(path)}/${MANIFEST}`))?.versions ?? [];
  return {
    versions,
    async save(path, bytes, savedAt) {
      const before = await versions(path);
      const saved = { version: before.length + 1, savedAt, size: bytes.length, sha256: hash(bytes) };
      // The content first: a manifest never names what is not there.
      await files.write(`${hash(path)}/${saved.sha256}`, bytes);
      const manifest: Manifest = { path, versions: [...before, saved] };
      await files.write(`${hash(path)}/${MANIFEST}`, JSON.stringify(manifest));
      return saved;
    },
    async load(path, { sha256, size }) {
      const { bytes } = await files.read(`${hash(path)}/${sha256}`, { maxBytes: size + 1 });
      if (hash(bytes) !== sha256) throw new Error(`The copy of "${path}" was damaged`);
      return bytes;
    },
    async list() {
      const folders = (await files.list(".")).filter(({ type }) => type === "directory");
      const found = await Promise.all(folders.map(({ name }) => readManifest(files, `${name}/${MANIFEST}`)));
      const manifests = found.filter((manifest) => manifest !== undefined);
      return manifests.sort((left, right) => (left.path < right.path ? -1 : 1));
    },
  };
}

async function readManifest(files: Files, path: string): Promise<Manifest | undefined> {
  if ((await files.stat(path)) === undefined) return undefined;
  const { bytes } = await files.read(path);
  // Only this file writes manifests, into a directory that no tool can reach.
  return JSON.parse(Buffer.from(bytes).toString()) as Manifest;
}

function hash(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
