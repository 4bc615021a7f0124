import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { HarnessError } from "../errors/index.ts";
import { createFiles } from "../files/index.ts";
import { sha256 } from "../digest/index.ts";
import type { CommandNote, Edit, EditLine, EditPlace, KeptContent } from "./edit-record.ts";

/** The changes of files of one session, with what the files held before. */
export interface EditJournal {
  /** Everything that is known now, oldest first; edits that changed nothing are left out. */
  edits(): Promise<readonly Edit[]>;
  /** The commands that ran, oldest first. */
  commands(): Promise<readonly CommandNote[]>;
  /** Where the files are; `undefined` before the first edit. */
  place(): Promise<EditPlace | undefined>;
  append(line: EditLine | EditPlace): Promise<void>;
  /** Keeps a content durably and gives its name. */
  keep(bytes: Uint8Array): Promise<NonNullable<KeptContent>>;
  /** Throws code "checkpoint_invalid" when the copy is missing or not what was kept. */
  load(kept: NonNullable<KeptContent>): Promise<Uint8Array>;
}

const JOURNAL = "edits.jsonl";

/** Opens the journal in a directory. Nothing is made before the first edit. */
export function openEditJournal(directory: string): EditJournal {
  const path = join(directory, JOURNAL);
  const openOwn = async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Its own directory, which no tool can reach: nothing in it is protected from us.
    return await createFiles({ cwd: directory, protectedPaths: [] });
  };
  let opened: ReturnType<typeof openOwn> | undefined;
  const blobs = () => (opened ??= openOwn());
  return {
    edits: async () => foldEdits(await readLines(path)),
    commands: async () => (await readLines(path)).flatMap((line) => (line.type === "command" ? [line.command] : [])),
    place: async () => (await readLines(path)).find((line) => line.type === "place"),
    async append(line) {
      await blobs();
      // One write of one line: another process of the same session cannot come between.
      // On the disk before the file is changed; nothing is brought back by the note of a command.
      await appendFile(path, `${JSON.stringify(line)}\n`, { mode: 0o600, flush: line.type !== "command" });
    },
    async keep(bytes) {
      const kept = { sha256: sha256(bytes), size: bytes.length };
      const files = await blobs();
      if ((await files.stat(nameOf(kept)))?.size !== kept.size) await files.write(nameOf(kept), bytes);
      return kept;
    },
    async load(kept) {
      const { bytes } = await (await blobs()).read(nameOf(kept), { maxBytes: kept.size + 1 }).catch(() => {
        throw damaged(`The kept content ${kept.sha256} is missing`);
      });
      if (sha256(bytes) !== kept.sha256) throw damaged(`The kept content ${kept.sha256} was damaged`);
      return bytes;
    },
  };
}

function nameOf({ sha256: digest }: NonNullable<KeptContent>): string {
  return `contents/${digest}`;
}

function damaged(message: string): HarnessError {
  return new HarnessError(`${message}: nothing was written in its place`, { code: "checkpoint_invalid" });
}

async function readLines(path: string): Promise<readonly (EditLine | EditPlace)[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => readLine(line));
}

/** A line that a crash cut off counts for nothing: what it would have said had not happened yet. */
function readLine(line: string): readonly (EditLine | EditPlace)[] {
  if (line === "") return [];
  try {
    // Only `append` writes these lines, into a directory that no tool can reach.
    return [JSON.parse(line) as EditLine | EditPlace];
  } catch {
    return [];
  }
}

function foldEdits(lines: readonly (EditLine | EditPlace)[]): readonly Edit[] {
  const edits = new Map<string, Edit>();
  for (const line of lines) {
    if (line.type === "begin") edits.set(line.edit.id, { ...line.edit, after: undefined });
    if (line.type === "void") edits.delete(line.id);
    const begun = line.type === "end" ? edits.get(line.id) : undefined;
    if (line.type === "end" && begun !== undefined) edits.set(line.id, { ...begun, after: line.after });
  }
  return [...edits.values()];
}
