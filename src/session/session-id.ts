import { HarnessError } from "../errors/index.ts";

const SESSION_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** Refuses what could leave a folder or break a key: throws code "session_invalid". */
export function checkSessionId(sessionId: string): string {
  if (SESSION_ID.test(sessionId)) return sessionId;
  throw new HarnessError(
    `A session id has 1 to 128 letters, digits, "-" or "_"; this one does not: ${JSON.stringify(sessionId.slice(0, 80))}`,
    { code: "session_invalid" },
  );
}

/** The error of an append that came too late: somebody else wrote to the session meanwhile. */
export function conflict(sessionId: string, expect: number, found: number): HarnessError {
  return new HarnessError(
    `Session ${sessionId} holds ${found} events, not ${expect}: another run writes to it; resume it from its end`,
    { code: "session_conflict" },
  );
}
