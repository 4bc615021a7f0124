import { readdirSync, readFileSync } from "node:fs";

/** A process as Linux tells it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** In clock ticks since boot: with the pid it names a process even when pids are used again. */
  readonly startTime: number;
}

/** The processes of this machine that are alive; nothing where there is no /proc. Zombies are not alive. */
export function listProcesses(): readonly ProcessEntry[] {
  return listPids()
    .map((pid) => readProcess(pid))
    .filter((entry) => entry !== undefined);
}

/** One process, or `undefined` when it is not alive. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const stat = readProc(pid, "stat");
  // The name in parentheses may hold anything, also spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent, group, session] = fields;
  if (state === "" || state === "Z" || state === "X") return undefined;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTime: Number(fields[19]),
  };
}

/** Whether a process was started with this text in its environment. */
export function hasInEnvironment(pid: number, text: string): boolean {
  return readProc(pid, "environ").includes(text);
}

/** A variable that a process was started with. */
export function readEnvironment(pid: number, name: string): string | undefined {
  const entry = readProc(pid, "environ")
    .split("\0")
    .find((variable) => variable.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/** The ids of all processes, zombies too; nothing where there is no /proc. */
export function listPids(): readonly number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Processes end while they are looked at, and others' may not be read. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
