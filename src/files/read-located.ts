import type { FileHandle } from "node:fs/promises";

import type { FileContent, ReadFileOptions } from "../spec/index.ts";
import { notRegularError } from "./file-error.ts";
import { describeKind, toFileState } from "./file-state.ts";
import type { LocatedPath } from "./path-access.ts";

const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;

/** Reads a part of a held file. Throws code "file_not_regular" for anything that could hang or never end. */
export async function readLocated(
  located: LocatedPath,
  path: string,
  { offset = 0, maxBytes = DEFAULT_MAX_BYTES, signal }: ReadFileOptions,
): Promise<FileContent> {
  assertCount(offset, "offset");
  assertCount(maxBytes, "maxBytes");
  signal?.throwIfAborted();
  const kind = describeKind(located.stats);
  if (kind !== undefined) throw notRegularError(path, kind);
  await using handle = await located.openForReading();
  const stats = await handle.stat();
  // One byte more than asked tells whether there is more, also where the size is not known (/proc) or grows.
  const wanted = maxBytes + 1;
  const bytes = await readBytes(handle, { offset, wanted, expected: stats.size - offset, signal });
  return {
    bytes: bytes.subarray(0, maxBytes),
    isTruncated: bytes.length > maxBytes,
    state: toFileState(stats, located.realPath),
  };
}

interface Span {
  readonly offset: number;
  readonly wanted: number;
  readonly expected: number;
  readonly signal: AbortSignal | undefined;
}

async function readBytes(handle: FileHandle, { offset, wanted, expected, signal }: Span): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  let size = Math.min(wanted, Math.max(expected, 0) + 1);
  while (total < wanted) {
    signal?.throwIfAborted();
    const chunk = Buffer.allocUnsafe(size);
    const { bytesRead } = await handle.read(chunk, 0, size, offset + total);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    total += bytesRead;
    size = Math.min(wanted - total, 64 * 1024);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, total);
}

function assertCount(value: number, name: string): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(`${name} must be a whole number from 0 on, not ${value}`);
}
