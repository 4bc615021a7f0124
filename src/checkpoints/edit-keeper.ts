import type { EditKeeper, Files, KeptFiles } from "../spec/index.ts";
import { openEditJournal, type EditJournal } from "./edit-journal.ts";
import type { EditKeeperOptions, EditMeans, EditNumbers } from "./keep-edit.ts";
import { KeptCall } from "./kept-call.ts";
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
      const kept = new KeptCall({ call, scope, means: await openMeans() });
      await kept.keepDeclared();
      return kept;
    },
  };
}

async function startNumbers(journal: EditJournal, { cwd, roots }: Files): Promise<EditNumbers> {
  const edits = await journal.edits();
  const commands = await journal.commands();
  if ((await journal.place()) === undefined) await journal.append({ type: "place", v: 1, cwd, roots });
  const run = Math.max(edits.at(-1)?.run ?? 0, commands.at(-1)?.run ?? 0) + 1;
  return { run, edits: 0, known: new Map(edits.map(({ path }) => [path, undefined])) };
}
