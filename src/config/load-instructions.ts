import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";

import { findFolders } from "./find-folders.ts";

/** Instructions for the agent, and where they come from. */
export interface Instructions {
  /** Empty when there are none. */
  readonly text: string;
  readonly files: readonly string[];
}

const NAMES = ["HARNESS.md", "AGENTS.md"];
/** UTF-8 bytes of all instructions together. */
const MAX_BYTES = 50_000;

/**
 * Reads `HARNESS.md` and `AGENTS.md` of each folder from the repository's root to `cwd`, outermost first. Links that
 * leave the repository are not followed; what is beyond 50 000 bytes is left out with a note.
 */
export async function loadInstructions(options: {
  readonly cwd: string;
  readonly home: string;
}): Promise<Instructions> {
  const folders = findFolders(options);
  const root = await realpath(folders[0] ?? options.cwd).catch(() => undefined);
  if (root === undefined) return { text: "", files: [] };
  const parts: string[] = [];
  const files = new Set<string>();
  let room = MAX_BYTES;
  for (const file of folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))) {
    const real = await realpath(file).catch(() => undefined);
    // The same file under two names is read once.
    if (real === undefined || !isInside(root, real) || files.has(real)) continue;
    const content = await readText(real, room);
    if (content === undefined) continue;
    room -= Buffer.byteLength(content.text);
    if (content.text.trim() !== "") {
      files.add(real);
      parts.push(`## ${relative(root, real)}\n\n${content.text.trim()}`);
    }
    if (content.isCut) {
      parts.push(`[The instructions are longer than ${MAX_BYTES} bytes: the rest is left out.]`);
      break;
    }
  }
  return { text: parts.join("\n\n"), files: [...files] };
}

function isInside(root: string, file: string): boolean {
  const way = relative(root, file);
  return !isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`);
}

async function readText(file: string, room: number): Promise<{ text: string; isCut: boolean } | undefined> {
  // Neither follow a link that was put there meanwhile nor wait at a pipe.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    if (!(await handle.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(room + 1), 0, room + 1, 0);
    const isCut = bytesRead > room;
    let end = Math.min(bytesRead, room);
    // A character that does not fit as a whole is left out.
    while (isCut && end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    return { text: buffer.toString("utf8", 0, end).replace(/^\uFEFF/, ""), isCut };
  } finally {
    await handle.close();
  }
}
