import { randomUUID } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";

import type Docker from "dockerode";

import { readProcess } from "../../processes/index.ts";
import { statusOf } from "./engine.ts";

const SESSION = "harness.session";
const PLACE = "harness.place";
const OWNER = "harness.owner";

/** Says whose container it is: which process on which machine. */
export function ownerLabels(): Readonly<Record<string, string>> {
  return { [SESSION]: randomUUID(), [PLACE]: place(), [OWNER]: owner(process.pid) ?? String(process.pid) };
}

/** Removes the containers of host programs that died before they could. Others' containers are left alone. */
export async function removeOrphans(docker: Docker): Promise<void> {
  const containers = await docker.listContainers({ all: true, filters: { label: [SESSION] } });
  for (const { Id, Labels } of containers) {
    if (Labels[PLACE] !== place() || isAlive(Labels[OWNER])) continue;
    try {
      await docker.getContainer(Id).remove({ force: true, v: true });
    } catch (error) {
      // Someone else was faster.
      if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
    }
  }
}

function isAlive(label: string | undefined): boolean {
  const pid = Number(label?.split(" ", 1)[0]);
  // In doubt it lives: a container too many is better than one torn from under a run.
  if (label === undefined || !Number.isSafeInteger(pid) || pid < 1) return true;
  const now = owner(pid);
  if (now !== undefined) return now === label;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** A pid may be used again: with its start time it names one process. */
function owner(pid: number): string | undefined {
  const entry = readProcess(pid);
  return entry === undefined ? undefined : `${pid} ${entry.startTime}`;
}

/** Pids mean something only on one machine and in one namespace of it. */
function place(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}
