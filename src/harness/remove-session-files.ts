import { rm } from "node:fs/promises";

import { dataFolder } from "./data-folder.ts";

/**
 * Removes what belongs to a session beside its store: kept contents of files and long results, which are as private as the
 * session. To be called with the id of a session that was there, once it is deleted.
 */
export async function removeSessionFiles(home: string, sessionId: string): Promise<void> {
  for (const kind of ["checkpoints", "results"]) {
    await rm(dataFolder(home, kind, sessionId), { recursive: true, force: true });
  }
}
