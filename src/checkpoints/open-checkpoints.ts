import { systemClock, systemRandom } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import { createFiles } from "../files/index.ts";
import type { Clock, Random } from "../spec/index.ts";
import { openEditJournal } from "./edit-journal.ts";
import type { Edit } from "./edit-record.ts";
import { activeEdits, undoEdits, type UndoReport, type UndoSelection } from "./undo-edits.ts";

/** What calls of a session changed, and the way back. */
export interface Checkpoints {
  /** The edits that stand, oldest first: those that were undone are left out. */
  list(): Promise<readonly Edit[]>;
  /** Brings files back. Conflicts are reported, never overwritten; `dryRun` only tells. */
  undo(selection: UndoSelection, options?: { readonly dryRun?: boolean }): Promise<UndoReport>;
}

/** Options of `openCheckpoints`. */
export interface CheckpointsOptions {
  /** The session's directory: `~/.harness/checkpoints/<session>`. */
  readonly directory: string;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * Opens the kept contents of a session, from any process. Files are written only below the directories that the session
 * itself could write. Throws code "checkpoint_invalid" when an undo is asked of a session that changed nothing.
 *
 * @example
 * ```ts
 * import { homedir } from "node:os";
 * import { join } from "node:path";
 * import { openCheckpoints } from "harness-agent/checkpoints";
 *
 * const checkpoints = openCheckpoints({ directory: join(homedir(), ".harness", "checkpoints", "my-session") });
 * for (const { id, path, tool } of await checkpoints.list()) console.log(id, tool, path);
 * ```
 */
export function openCheckpoints(options: CheckpointsOptions): Checkpoints {
  const { directory, clock = systemClock, random = systemRandom } = options;
  const journal = openEditJournal(directory);
  return {
    list: async () => activeEdits(await journal.edits()),
    async undo(selection, { dryRun = false } = {}) {
      const place = await journal.place();
      if (place === undefined) {
        throw new HarnessError(`No call of this session changed a file: ${directory} holds no edits`, {
          code: "checkpoint_invalid",
        });
      }
      const files = await createFiles({ cwd: place.cwd, roots: place.roots });
      return await undoEdits(selection, { journal, files, clock, random, dryRun });
    },
  };
}
