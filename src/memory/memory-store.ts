import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { describeError, HarnessError } from "../errors/index.ts";
import { createFiles } from "../files/index.ts";
import { readFrontMatter, settingValues } from "../front-matter/index.ts";
import type { Clock, Files } from "../spec/index.ts";

/** Whose memory: the person's, for every project, or the project's. */
export type MemoryScope = "user" | "project";

/** One thing that is remembered: a file that a person can read and change. */
export interface MemoryEntry {
  readonly scope: MemoryScope;
  readonly key: string;
  readonly content: string;
  /** When it was written, as an ISO date; `undefined` in a file that a person made. */
  readonly updatedAt: string | undefined;
  /** The session that wrote it. */
  readonly source: string | undefined;
  /** The context that wrote it held content from outside, and a person let it. */
  readonly isTainted: boolean;
}

/** Memory that outlives sessions. */
export interface MemoryStore {
  /** Every entry, the user's first, sorted by key. A file that cannot be read is left out and logged. */
  list(): Promise<readonly MemoryEntry[]>;
  /** The project's entry goes before the user's where no scope is named. */
  load(key: string, scope?: MemoryScope): Promise<MemoryEntry | undefined>;
  /** Throws code "memory_invalid" for a key or a content that cannot be kept. */
  save(entry: Pick<MemoryEntry, "scope" | "key" | "content" | "source" | "isTainted">): Promise<void>;
  /** Whether there was something to delete. */
  delete(key: string, scope: MemoryScope): Promise<boolean>;
}

/** Options of `openMemoryStore`. */
export interface MemoryStoreOptions {
  /** A directory for each scope; a scope without one has no memory. */
  readonly directories: Readonly<Partial<Record<MemoryScope, string>>>;
  readonly clock: Clock;
  readonly log?: (message: string) => void;
}

const KEY = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** UTF-8 bytes of one entry, and how many there may be in a scope. */
const MAX_BYTES = 16 * 1024;
const MAX_ENTRIES = 500;
const HEAD_KEYS = ["updated_at", "source", "tainted"] as const;

/** Opens memory as files, one for each entry: `<directory>/<key>.md`. Directories are made at the first write. */
export function openMemoryStore({ directories, clock, log = () => {} }: MemoryStoreOptions): MemoryStore {
  const shelves = (["user", "project"] as const).flatMap((scope) => {
    const directory = directories[scope];
    return directory === undefined ? [] : [openShelf(scope, directory)];
  });
  const shelfOf = (scope: MemoryScope): Shelf => {
    const shelf = shelves.find((known) => known.scope === scope);
    if (shelf === undefined) throw invalid(`There is no ${scope} memory here`);
    return shelf;
  };
  return {
    async list() {
      const listed = await Promise.all(shelves.map((shelf) => listShelf(shelf, log)));
      return listed.flat();
    },
    async load(key, wanted) {
      checkKey(key);
      for (const shelf of wanted === undefined ? shelves.toReversed() : [shelfOf(wanted)]) {
        const entry = await shelf.read(key);
        if (entry !== undefined) return entry;
      }
      return undefined;
    },
    async save({ scope, key, content, source, isTainted }) {
      checkKey(key);
      if (content.trim() === "") throw invalid(`The memory "${key}" is empty: delete it instead`);
      if (Buffer.byteLength(content) > MAX_BYTES) throw invalid(`The memory "${key}" has more than ${MAX_BYTES} bytes`);
      const shelf = shelfOf(scope);
      const keys = await shelf.keys();
      if (!keys.includes(key) && keys.length >= MAX_ENTRIES) {
        throw invalid(`The ${scope} memory has ${MAX_ENTRIES} entries: delete some first`);
      }
      const head = [`updated_at: "${new Date(clock.now()).toISOString()}"`];
      if (source !== undefined) head.push(`source: ${JSON.stringify(source)}`);
      if (isTainted) head.push("tainted: true");
      await shelf.write(key, `---\n${head.join("\n")}\n---\n${content.trim()}\n`);
    },
    async delete(key, scope) {
      checkKey(key);
      return await shelfOf(scope).remove(key);
    },
  };
}

/** The files of one scope. */
interface Shelf {
  readonly scope: MemoryScope;
  /** Sorted. */
  keys(): Promise<readonly string[]>;
  read(key: string): Promise<MemoryEntry | undefined>;
  write(key: string, text: string): Promise<void>;
  remove(key: string): Promise<boolean>;
}

function openShelf(scope: MemoryScope, directory: string): Shelf {
  // Its own directory, which the file tools cannot write: nothing in it is protected from us.
  const open = (): Promise<Files> => createFiles({ cwd: directory, protectedPaths: [] });
  const openIfThere = async (): Promise<Files | undefined> => (existsSync(directory) ? await open() : undefined);
  const has = async (files: Files | undefined, key: string): Promise<boolean> =>
    (await files?.stat(`${key}.md`)) !== undefined;
  return {
    scope,
    async keys() {
      const entries = (await (await openIfThere())?.list(".")) ?? [];
      const names = entries.filter(({ type }) => type === "file").map(({ name }) => keyOf(name));
      return names.filter((key) => key !== undefined).sort();
    },
    async read(key) {
      const files = await openIfThere();
      if (files === undefined || !(await has(files, key))) return undefined;
      const { bytes } = await files.read(`${key}.md`, { maxBytes: 2 * MAX_BYTES });
      return await parseEntry(Buffer.from(bytes).toString(), { scope, key, file: join(directory, `${key}.md`) });
    },
    async write(key, text) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await (await open()).write(`${key}.md`, text);
    },
    async remove(key) {
      const files = await openIfThere();
      if (files === undefined || !(await has(files, key))) return false;
      await files.remove(`${key}.md`);
      return true;
    },
  };
}

async function listShelf(shelf: Shelf, log: (message: string) => void): Promise<readonly MemoryEntry[]> {
  const entries: MemoryEntry[] = [];
  for (const key of await shelf.keys()) {
    try {
      const entry = await shelf.read(key);
      if (entry !== undefined) entries.push(entry);
    } catch (error) {
      log(`The ${shelf.scope} memory "${key}" cannot be read: ${describeError(error)}`);
    }
  }
  return entries;
}

function keyOf(name: string): string | undefined {
  const key = name.endsWith(".md") ? name.slice(0, -3) : "";
  return KEY.test(key) ? key : undefined;
}

/** It becomes the name of a file. */
function checkKey(key: string): void {
  if (KEY.test(key)) return;
  throw invalid(`A key has 1 to 64 lower-case letters, digits, "-" or "_": ${JSON.stringify(key.slice(0, 80))}`);
}

function invalid(message: string): HarnessError {
  return new HarnessError(message, { code: "memory_invalid" });
}

async function parseEntry(
  text: string,
  { scope, key, file }: Pick<MemoryEntry, "scope" | "key"> & { readonly file: string },
): Promise<MemoryEntry> {
  const document = await readFrontMatter(text, { file, keys: HEAD_KEYS });
  const values = settingValues(document, file);
  return {
    scope,
    key,
    content: document.body,
    updatedAt: values.text("updated_at"),
    source: values.text("source"),
    isTainted: values.yesOrNo("tainted") ?? false,
  };
}
