import { sha256 } from "../digest/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { AuditScope, Clock, EditKeeper, Files, KeptFiles, PreparedCall } from "../spec/index.ts";
import { openEditJournal, type EditJournal } from "./edit-journal.ts";
import { isSameContent, type Edit, type KeptContent } from "./edit-record.ts";

/** Options of `openEditKeeper`. */
export interface EditKeeperOptions {
  /** Where copies go: a directory outside of the project, one for each session. */
  readonly directory: string;
  /** The files of the run. */
  readonly files: Files;
  readonly clock: Clock;
  /** The turn that the run's own agent is in. */
  readonly turn: () => number;
  /** Hears of every file that a call changed, when its old content can be brought back; the call waits for it. */
  readonly onKept?: (kept: Edit, call: PreparedCall, scope: AuditScope) => Promise<void> | void;
}

/** The largest file whose content is kept, in bytes. */
const MAX_BYTES = 50 * 1024 * 1024;

/**
 * Makes the keeper of one run: before a call changes a file, what the file held is copied out of the project. Only calls
 * of tools that declare `effect: "write"` are kept; what a command changes is not seen here.
 */
export function openEditKeeper(options: EditKeeperOptions): EditKeeper {
  const journal = openEditJournal(options.directory);
  let numbers: Promise<Numbers> | undefined;
  return {
    async open(call, scope) {
      if (call.tool.effect !== "write") return { files: options.files, [Symbol.asyncDispose]: async () => {} };
      numbers ??= startNumbers(journal, options.files);
      const kept = createKept(call, scope, { ...options, journal, numbers: await numbers });
      for (const name of call.tool.pathArgs ?? []) {
        const path = call.args[name];
        if (typeof path === "string") await keepDeclared(path, kept);
      }
      return kept;
    },
  };
}

/** What is outside of the directories of the run could not be brought back; whether it may be written, others decide. */
async function keepDeclared(path: string, kept: { readonly keep: (path: string) => Promise<unknown> }): Promise<void> {
  try {
    await kept.keep(path);
  } catch (error) {
    if (HarnessError.isInstance(error) && error.code === "path_outside") return;
    throw error;
  }
}

interface Numbers {
  readonly run: number;
  edits: number;
}

async function startNumbers(journal: EditJournal, { cwd, roots }: Files): Promise<Numbers> {
  const known = await journal.edits();
  if ((await journal.place()) === undefined) await journal.append({ type: "place", v: 1, cwd, roots });
  return { run: (known.at(-1)?.run ?? 0) + 1, edits: 0 };
}

interface Means extends EditKeeperOptions {
  readonly journal: EditJournal;
  readonly numbers: Numbers;
}

/** A file whose old content is kept while the call is at work. */
interface Pending {
  readonly edit: Omit<Edit, "after">;
  /** What the call wrote through `files`; `undefined` when the file has to be looked at. */
  written: KeptContent | undefined;
}

function createKept(
  call: PreparedCall,
  scope: AuditScope,
  means: Means,
): KeptFiles & { readonly keep: (path: string) => Promise<Pending> } {
  const { files, journal } = means;
  const pending = new Map<string, Pending>();
  const keep = async (path: string): Promise<Pending> => {
    const real = await files.resolve(path);
    const known = pending.get(real);
    if (known !== undefined) return known;
    const before = await keepContent(path, means);
    const edit = describeEdit(real, before, { call, scope, means });
    await journal.append({ type: "begin", edit });
    const begun: Pending = { edit, written: undefined };
    pending.set(real, begun);
    return begun;
  };
  return {
    keep,
    files: {
      ...files,
      async write(path, data, options) {
        const entry = await keep(path);
        const state = await files.write(path, data, options);
        entry.written = { sha256: sha256(data), size: Buffer.byteLength(data) };
        return state;
      },
      async remove(path) {
        const entry = await keep(path);
        await files.remove(path);
        entry.written = null;
      },
    },
    async [Symbol.asyncDispose]() {
      for (const { edit, written } of pending.values()) {
        // What cannot be looked at any more stays unknown: an undo will not touch it.
        const after = written === undefined ? await lookAt(edit.path, files).catch(() => undefined) : written;
        if (after === undefined) continue;
        if (isSameContent(edit.before, after)) {
          await journal.append({ type: "void", id: edit.id });
          continue;
        }
        await journal.append({ type: "end", id: edit.id, after });
        await means.onKept?.({ ...edit, after }, call, scope);
      }
    },
  };
}

async function keepContent(path: string, { files, journal }: Means): Promise<KeptContent> {
  const state = await files.stat(path);
  if (state === undefined) return null;
  // The tool will say what is wrong with a directory or a pipe; there is nothing to keep of it.
  if ((state.mode & 0o170000) !== 0o100000) return null;
  if (state.size > MAX_BYTES) {
    const message = `"${path}" has ${state.size} bytes and could not be brought back: ${MAX_BYTES} is the most that is kept`;
    throw new HarnessError(message, { code: "checkpoint_invalid" });
  }
  const { bytes } = await files.read(path, { maxBytes: MAX_BYTES });
  return await journal.keep(bytes);
}

/** What a file holds now. */
export async function lookAt(path: string, files: Files): Promise<KeptContent> {
  const state = await files.stat(path);
  if (state === undefined || (state.mode & 0o170000) !== 0o100000) return null;
  const { bytes } = await files.read(path, { maxBytes: state.size + 1 });
  return { sha256: sha256(bytes), size: bytes.length };
}

function describeEdit(
  path: string,
  before: KeptContent,
  { call, scope, means }: { readonly call: PreparedCall; readonly scope: AuditScope; readonly means: Means },
): Omit<Edit, "after"> {
  const { numbers, clock, turn } = means;
  const { parentToolUseId, parents = parentToolUseId === undefined ? [] : [parentToolUseId] } = scope;
  return {
    id: `${numbers.run}.${(numbers.edits += 1)}`,
    at: clock.now(),
    run: numbers.run,
    turn: turn(),
    toolUseId: call.id,
    parents,
    agent: scope.agent,
    tool: call.tool.name,
    path,
    before,
  };
}
