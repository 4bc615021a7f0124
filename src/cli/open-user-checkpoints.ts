import { homedir } from "node:os";

import type { Checkpoints } from "../checkpoints/index.ts";
import { createRedactor } from "../filters/index.ts";
import { openAudits, type Audits } from "../harness/open-audit.ts";
import { openSessionCheckpoints } from "../harness/session-checkpoints.ts";
import { loadSettings } from "../harness/settings.ts";

/** Whose checkpoints are opened. */
export interface CheckpointsWanted {
  readonly session: string;
  readonly log: (message: string) => void;
}

/**
 * Opens the kept contents of a session for one command, and closes the audit log that tells of it: the one that a run in
 * this directory would write to. Looking at them opens none.
 */
export async function withCheckpoints<Value>(
  { session, log }: CheckpointsWanted,
  work: (checkpoints: Checkpoints) => Promise<Value>,
): Promise<Value> {
  let audits: Audits | undefined;
  const audit = async () => {
    const settings = await loadSettings({ log });
    const redactor = createRedactor({ env: settings.env });
    audits = openAudits(settings, { redact: (text) => redactor.redact(text).text });
    return (await audits.of(settings.options)).audit;
  };
  try {
    return await work(openSessionCheckpoints({ home: process.env["HOME"] || homedir(), audit }, session));
  } finally {
    await audits?.close();
  }
}
