import { setTimeout as sleep } from "node:timers/promises";
import { dirname } from "node:path";

import { describeError } from "../errors/index.ts";
import type { Tracer } from "../spec/index.ts";

/** Verifies the audit logs of a harness, so that a metric tells of one that was changed. */
export interface AuditWatch {
  /** A run that wrote to this log has ended. */
  ended(path: string | undefined): void;
  /** Ends when what is being verified is. */
  close(): Promise<void>;
}

/** A log that is written without a break is not read again and again. */
const PAUSE_MS = 60_000;
/** How often all logs of the directory are verified while the harness lives. */
const ROUND_MS = 5 * 60_000;
/** A line that was being written looks like one that was cut; a moment later it is whole. */
const SECOND_LOOK_MS = 1000;

/** Makes the watch. Without a tracer nobody would hear of it, and nothing is read. */
export function watchAudit(tracer: Tracer | undefined, log: (message: string) => void): AuditWatch {
  let last: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const verifiedAt = new Map<string, number>();
  const start = (path: string): void => {
    // One after another: a verification reads as fast as the disk gives.
    last = last
      .then(() => verify(path, tracer))
      .catch((error: unknown) => log(`The audit log was not verified: ${describeError(error)}`));
  };
  return {
    ended(path) {
      if (tracer === undefined || path === undefined) return;
      timer ??= setInterval(() => start(dirname(path)), ROUND_MS).unref();
      if (performance.now() - (verifiedAt.get(path) ?? Number.NEGATIVE_INFINITY) < PAUSE_MS) return;
      verifiedAt.set(path, performance.now());
      start(path);
    },
    async close() {
      clearInterval(timer);
      await last;
    },
  };
}

async function verify(pathOrDir: string, tracer: Tracer | undefined): Promise<void> {
  const { verifyAudit } = await import("../audit/index.ts");
  let report = await verifyAudit(pathOrDir);
  if (!report.ok) {
    await sleep(SECOND_LOOK_MS);
    report = await verifyAudit(pathOrDir);
  }
  for (const { file, ok } of report.files) tracer?.measure({ type: "audit-chain", log: file, isValid: ok });
  // What is wrong with the directory itself: a log that is missing, an index that was changed.
  tracer?.measure({ type: "audit-chain", log: pathOrDir, isValid: report.problem === undefined });
}
