import { checkKnownNames, HarnessError } from "../errors/index.ts";
import { AUDIT_OPTION_NAMES, type AuditLoggerOptions } from "./audit-logger-options.ts";

const SESSION_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** Throws code "session_invalid" for a session id that is none, and a `RangeError` or `TypeError` for other options. */
export function checkLoggerOptions(options: AuditLoggerOptions): void {
  checkKnownNames("An audit log", options, AUDIT_OPTION_NAMES);
  for (const name of [
    "retentionDays",
    "retentionMaxSizeMb",
    "checkpointEvery",
    "heartbeatMs",
    "maxSegmentMb",
  ] as const) {
    const limit = options[name];
    if (limit === undefined || (Number.isFinite(limit) && limit > 0)) continue;
    throw new RangeError(`${name} must be a number above 0, got ${String(limit)}`);
  }
  const { sync = "effect", piiAction = "redact", sessionId } = options;
  if (!["effect", "always", "never"].includes(sync)) {
    throw new TypeError(`sync must be "effect", "always" or "never", got ${String(sync)}`);
  }
  if (!["redact", "mask", "hash", "block"].includes(piiAction)) {
    throw new TypeError(`piiAction must be "redact", "mask", "hash" or "block", got ${String(piiAction)}`);
  }
  if (sessionId !== undefined) checkSessionId(sessionId);
}

/** A session's id names a file: nothing else than these characters comes in. */
export function checkSessionId(sessionId: string): string {
  if (typeof sessionId === "string" && SESSION_ID.test(sessionId)) return sessionId;
  throw new HarnessError(
    `A session id has 1 to 128 letters, digits, "-" or "_"; this one does not: ${JSON.stringify(String(sessionId).slice(0, 80))}`,
    { code: "session_invalid" },
  );
}
