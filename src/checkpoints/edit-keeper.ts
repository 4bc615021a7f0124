import { sha256 } from "../digest/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { AuditScope, EditKeeper, Files, KeptFiles, PreparedCall } from "../spec/index.ts";
import { openEditJournal, type EditJournal } from "./edit-journal.ts";
import { isSameContent, type Edit, type KeptContent } from "./edit-record.ts";
import {
  describeEdit,
  endEdit,
  keepContent,
  lookAt,
  type EditKeeperOptions,
  type EditMeans,
  type EditNumbers,
} from "./keep-edit.ts";
import { watchCommand } from "./watch-command.ts";

/**
 * Makes the keeper of one run: before a call changes a file, what the file held is copied out of the project. Kept are
 * calls of tools that declare `effect: "write"`; of commands, what they do to files that the session has changed before.
 */
export function openEditKeeper(options: EditKeeperOptions): EditKeeper {
  const journal = openEditJournal(options.directory);
  const unwatched: KeptFiles = { files: options.files, [Symbol.asyncDispose]: async () => {} };
  let opened: Promise<EditNumbers> | undefined;
  const openMeans = async (): Promise<EditMeans> => {
    opened ??= startNumbers(journal, options.files);
    return { ...options, journal, numbers: await opened };
  };
  return {
    async open(call, scope) {
      const { effect } = call.tool;
      // A command does not depend on it: where it cannot be watched, an undo finds files that are not as they were left.
      if (effect === "execute") {
        return await openMeans().then(
          (means) => watchCommand(call, scope, means),
          () => unwatched,
        );
      }
      if (effect !== "write") return unwatched;
      const kept = createKept(call, scope, await openMeans());
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

async function startNumbers(journal: EditJournal, { cwd, roots }: Files): Promise<EditNumbers> {
  const edits = await journal.edits();
  const commands = await journal.commands();
  if ((await journal.place()) === undefined) await journal.append({ type: "place", v: 1, cwd, roots });
  const run = Math.max(edits.at(-1)?.run ?? 0, commands.at(-1)?.run ?? 0) + 1;
  return { run, edits: 0, known: new Map(edits.map(({ path }) => [path, undefined])) };
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
  means: EditMeans,
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
        await endEdit(edit, after, { call, scope, means });
      }
    },
  };
}
