import { fdatasyncSync, openSync, closeSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { HarnessError } from "../errors/index.ts";
import type { CheckpointSigner } from "./signed-note.ts";
import { isLogName } from "./list-logs.ts";
import { appendIndex } from "./log-index.ts";
import { openSegment } from "./segment-file.ts";
import { isLocked } from "./writer-lock.ts";

/** How logs are recovered. */
export interface RecoverOptions {
  readonly now: () => number;
  readonly signer: CheckpointSigner | undefined;
}

/**
 * Closes the logs of writers that died: cuts a torn last line off, says so in the log and ends it there. A log that is
 * broken, or that somebody else has just taken, is left as it is: `verifyAudit` tells. Returns their names.
 */
export async function recoverLogs(dir: string, options: RecoverOptions): Promise<readonly string[]> {
  const locks = (await readdir(dir)).filter((name) => name.endsWith(".jsonl.lock"));
  const recovered: string[] = [];
  for (const lock of locks) {
    const name = lock.slice(0, -".lock".length);
    if (!isLogName(name) || isLocked(join(dir, name))) continue;
    if (recover(dir, name, options)) recovered.push(name);
  }
  return recovered;
}

/** In one go, so that nobody of this process finds the log locked meanwhile. */
function recover(dir: string, name: string, { now, signer }: RecoverOptions): boolean {
  try {
    const file = openSegment(join(dir, name), { isDurable: false, hasTree: false, onError: () => {} });
    try {
      // Meanwhile its writer has closed it, or somebody else has recovered it.
      if (!file.isTakenOver) return false;
      const base = { timestamp: new Date(now()).toISOString(), sessionId: "log", agent: "main" };
      const { droppedBytes = 0 } = file;
      file.append({ ...base, type: "log_recovered", dataJson: JSON.stringify({ droppedBytes }) });
      file.flush();
      syncFile(file.path);
      appendIndex({ dir, now, signer, isDurable: true }, [
        { type: "segment_closed", data: { file: name, ...file.state, reason: "recovered" } },
      ]);
    } finally {
      file.close();
    }
    return true;
  } catch (error) {
    if (HarnessError.isInstance(error)) return false;
    throw error;
  }
}

function syncFile(path: string): void {
  const fd = openSync(path, "r");
  try {
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
