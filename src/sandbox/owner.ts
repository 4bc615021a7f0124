import { readlinkSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { sha256 } from "../digest/index.ts";
import { readProcess } from "../processes/index.ts";

/** The variable by which processes are known to belong to a host program: `ownerMark()`. */
export const OWNER_VARIABLE = "HARNESS_OWNER";

/** Which program on which machine: its pid, when that was given out, and the place in which pids mean something. */
export function ownerMark(pid = process.pid): string {
  return `${pid}-${readProcess(pid)?.startTime ?? 0}-${placeMark()}`;
}

const MARK = /^(\d+)-(\d+)-([0-9a-f]{12})$/;

/** Whether a mark names a program of this place that is dead. In doubt it lives: better too much left than torn away. */
export function isDeadOwner(mark: string): boolean {
  const [, pid = "", startTime = "", place = ""] = MARK.exec(mark) ?? [];
  if (pid === "" || place !== placeMark()) return false;
  const now = readProcess(Number(pid));
  if (now !== undefined) return String(now.startTime) !== startTime;
  try {
    return !process.kill(Number(pid), 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/** Makes a folder among the temporary ones that a reaper finds when this program is gone. */
export async function makeOwnedFolder(kind: string): Promise<string> {
  return await mkdtemp(join(tmpdir(), `harness-${kind}-${ownerMark()}-`));
}

/** The mark in a folder's name; `undefined` for another's folder. */
export function ownerOfFolder(name: string): string | undefined {
  return /^harness-[a-z]+-(\d+-\d+-[0-9a-f]{12})-\w{6}$/.exec(name)?.[1];
}

function placeMark(): string {
  let namespace = "";
  try {
    namespace = readlinkSync("/proc/self/ns/pid");
  } catch {
    // No namespaces here: one machine is one place.
  }
  return sha256(`${hostname()} ${namespace}`).slice(0, 12);
}
