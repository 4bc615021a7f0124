import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Which process something belongs to, also when its id was given to another one since. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as far as the system tells: boot id and ticks; otherwise empty. */
  readonly started: string;
  readonly host: string;
}

/** This process. */
export function ownProcess(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) ?? "", host: hostname() };
}

/**
 * Whether a process is known to be dead. Nobody can tell of one on another machine, and when in doubt it lives.
 * Containers with names of their own count as other machines.
 */
export function isProcessDead({ pid, started, host }: ProcessIdentity): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
  const found = startOf(pid);
  return found !== undefined && started !== "" && found !== started;
}

/** What tells this start of the machine from others; empty where the system does not say. */
export function bootId(): string {
  return readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

/** When a process started, on systems with /proc: boot id and ticks since then. */
function startOf(pid: number): string | undefined {
  const fields = readText(`/proc/${pid}/stat`);
  const boot = bootId();
  if (fields === undefined || boot === "") return undefined;
  // The name, in parentheses, may hold spaces; behind it stand the state and, as 20th field, the start time.
  const behind = fields.slice(fields.lastIndexOf(")") + 2).split(" ");
  // A process that was killed and that nobody has asked about yet writes nothing any more.
  if (behind[0] === "Z" || behind[0] === "X") return "ended";
  return behind[19] === undefined ? undefined : `${boot}:${behind[19]}`;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
