import { randomUUID } from "node:crypto";
import { rmdir } from "node:fs/promises";
import { basename } from "node:path";

import type Docker from "dockerode";

import { isDeadOwner, ownerMark } from "../owner.ts";
import { statusOf } from "./engine.ts";

const SESSION = "harness.session";
const OWNER = "harness.owner";
/** An empty folder of the host that goes with the container. */
const RESERVED = "harness.reserved";

/** Says whose container it is: which process on which machine. */
export function ownerLabels(reserved: string | undefined): Readonly<Record<string, string>> {
  const labels = { [SESSION]: randomUUID(), [OWNER]: ownerMark() };
  return reserved === undefined ? labels : { ...labels, [RESERVED]: reserved };
}

/**
 * Removes the containers of host programs that died before they could, and tells how many. Others' containers, also
 * those of programs elsewhere that share the engine, are left alone.
 */
export async function removeOrphans(docker: Docker): Promise<number> {
  const containers = await docker.listContainers({ all: true, filters: { label: [SESSION] } });
  let removed = 0;
  for (const { Id, Labels } of containers) {
    if (!isDeadOwner(Labels[OWNER] ?? "")) continue;
    try {
      await docker.getContainer(Id).remove({ force: true, v: true });
      removed += 1;
      const reserved = Labels[RESERVED] ?? "";
      // One with something in it is somebody's by now; and labels are only as good as who may use the engine.
      if (basename(reserved) === ".harness") await rmdir(reserved).catch(() => {});
    } catch (error) {
      // Someone else was faster.
      if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
    }
  }
  return removed;
}
