import { isSameState } from "../files/index.ts";
import type { AuditScope, FileState, KeptFiles, PreparedCall } from "../spec/index.ts";
import { isSameContent, type KeptContent } from "./edit-record.ts";
import { describeCall, describeEdit, endEdit, keepContent, lookAt, type EditMeans } from "./keep-edit.ts";

/** Files that the session changed last, which a command is watched for: looking at each takes time. */
const MAX_WATCHED = 500;

/** A file before a command ran. */
interface Watched {
  readonly path: string;
  readonly before: KeptContent;
  readonly state: FileState | undefined;
}

/**
 * Keeps what a command is about to find in the files that the session has changed before, such as one that a formatter
 * rewrites. Nothing else is looked at: which files a command may touch nobody knows, and all of them are too many.
 */
export async function watchCommand(call: PreparedCall, scope: AuditScope, means: EditMeans): Promise<KeptFiles> {
  const { files, journal, numbers } = means;
  const ofCall = { call, scope, means };
  const paths = [...numbers.known.keys()].slice(-MAX_WATCHED);
  const watched: Watched[] = [];
  for (const path of paths) {
    // What cannot be kept stays as it is, and an undo says so: a command does not depend on it.
    const before = await watch(path, means).catch(() => undefined);
    if (before !== undefined) watched.push(before);
  }
  const leftBefore = new Map(numbers.known);
  const keepChanges = async (): Promise<void> => {
    for (const { path, before, state } of watched) {
      const after = await lookAgain(path, state, means).catch(() => undefined);
      if (after === undefined || isSameContent(before, after)) continue;
      // Another call, of a sub-agent beside this one, wrote just that.
      const left = numbers.known.get(path);
      if (left !== leftBefore.get(path) && isSameContent(left, after)) continue;
      const edit = describeEdit(path, before, ofCall);
      await journal.append({ type: "begin", edit });
      await endEdit(edit, after, ofCall);
    }
    await journal.append({ type: "command", command: describeCall(ofCall) });
  };
  return {
    files,
    async [Symbol.asyncDispose]() {
      // The command ran, whatever of it could be kept.
      await keepChanges().catch(() => {});
    },
  };
}

async function watch(path: string, means: EditMeans): Promise<Watched> {
  const state = await means.files.stat(path);
  return { path, before: await keepContent(path, means), state };
}

/** What a file holds now; `undefined` where its state says that nothing happened to it. */
async function lookAgain(
  path: string,
  before: FileState | undefined,
  { files }: EditMeans,
): Promise<KeptContent | undefined> {
  const now = await files.stat(path);
  const isSame = now === undefined || before === undefined ? now === before : isSameState(now, before);
  return isSame ? undefined : await lookAt(path, files);
}
