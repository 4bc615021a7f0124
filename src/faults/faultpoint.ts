/** The build of the package says `false`: then nothing of this file is left but an empty function. */
declare const __HARNESS_FAULTS__: boolean | undefined;

const IS_BUILT = typeof __HARNESS_FAULTS__ !== "undefined" && !__HARNESS_FAULTS__;

/** What shall happen, and at which passage of the point. */
interface Fault {
  readonly name: string;
  /** Counts down to the passage that is meant. */
  left: number;
  readonly action: string;
}

// State of the module, as a point counts its passages over the whole process; in the package it is `undefined`.
const FAULT = IS_BUILT ? undefined : readFault(process.env);

/**
 * A place at which tests end or stop the process, by `HARNESS_FAULT=name@n:kill` (`stop`, `throw`; n counts from 1). It
 * exists in the sources only: the package is built without it. Also there nothing happens unless
 * `HARNESS_ALLOW_FAULTS=1` says that it is meant.
 */
export function faultpoint(name: string): void {
  if (FAULT === undefined || FAULT.name !== name) return;
  FAULT.left -= 1;
  if (FAULT.left === 0) fail(FAULT);
}

function fail({ name, action }: Fault): void {
  if (action === "kill") {
    process.kill(process.pid, "SIGKILL");
    // Not one more step, however long the signal takes.
    for (;;);
  }
  if (action === "stop") process.kill(process.pid, "SIGSTOP");
  else throw new Error(`Fault at ${name}`);
}

function readFault(env: Readonly<Record<string, string | undefined>>): Fault | undefined {
  const text = env["HARNESS_FAULT"];
  if (text === undefined || text === "") return undefined;
  if (env["HARNESS_ALLOW_FAULTS"] !== "1") {
    throw new Error("HARNESS_FAULT is for tests of harness-agent: unset it, or set HARNESS_ALLOW_FAULTS=1");
  }
  const match = /^([a-z-]+)(?:@(\d+))?:(kill|stop|throw)$/.exec(text);
  if (match === null) throw new Error(`HARNESS_FAULT is not name@n:kill|stop|throw: ${text}`);
  const [, name = "", count = "1", action = ""] = match;
  return { name, left: Number(count), action };
}
