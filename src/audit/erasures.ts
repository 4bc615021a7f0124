import { createReadStream } from "node:fs";

import { parseRecord } from "./parse-record.ts";
import { createLineSplitter } from "./split-lines.ts";

/** Where the type of an event stands at the latest. */
export const HEAD_BYTES = 120;

const ERASURE = '"event_type":"content_erased"';

/** Whether a record tells of an erasure, by how its line begins. */
export function isErasure(start: string): boolean {
  return start.includes(ERASURE);
}

/** The logs of which a log says that content was erased. */
export async function findErased(path: string): Promise<readonly string[]> {
  const files: string[] = [];
  const splitter = createLineSplitter();
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      // A stream without an encoding gives bytes.
      for (const { bytes } of splitter.push(chunk as Uint8Array)) files.push(...erasedBy(bytes));
    }
  } catch (error) {
    // No log has such a line: what is behind it is none of ours.
    if (!(error instanceof RangeError)) throw error;
  }
  return files;
}

function erasedBy(bytes: Uint8Array): readonly string[] {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isErasure(line.toString("latin1", 0, HEAD_BYTES))) return [];
  const file = parseRecord(line.toString())?.data["file"];
  return typeof file === "string" ? [file] : [];
}
