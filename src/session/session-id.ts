import { HarnessError } from "../errors/index.ts";

const NAME = /^[A-Za-z0-9_-]{1,128}$/;

/** Refuses what could leave a folder or break a key: throws code "session_invalid". */
export function checkSessionId(sessionId: string): string {
  return checkName(sessionId, "A session id");
}

/** Refuses a tenant that could break a key: throws code "session_invalid". */
export function checkTenant(tenant: string): string {
  return checkName(tenant, "A tenant");
}

function checkName(name: string, what: string): string {
  if (NAME.test(name)) return name;
  throw new HarnessError(
    `${what} has 1 to 128 letters, digits, "-" or "_"; this one does not: ${JSON.stringify(name.slice(0, 80))}`,
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

/** The error of a writer whose session somebody else took over. */
export function fenced(sessionId: string): HarnessError {
  return new HarnessError(
    `Session ${sessionId} was taken over by another owner: this run must stop, and what it did not record is not known`,
    { code: "session_fenced" },
  );
}

/** The error of a session that somebody works on. */
export function held(sessionId: string, by: string | undefined): HarnessError {
  return new HarnessError(
    `Session ${sessionId} is at work${by === undefined ? "" : ` (held by ${by})`}: wait for its run, or cancel it`,
    { code: "session_conflict" },
  );
}
