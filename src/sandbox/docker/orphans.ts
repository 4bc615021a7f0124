import { randomUUID } from "node:crypto";

import type Docker from "dockerode";

import { isDeadOwner, ownerMark } from "../owner.ts";
import { statusOf } from "./engine.ts";

const SESSION = "harness.session";
const OWNER = "harness.owner";

/** Says whose container it is: which process on which machine. */
export function ownerLabels(): Readonly<Record<string, string>> {
  return { [SESSION]: randomUUID(), [OWNER]: ownerMark() };
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
    } catch (error) {
      // Someone else was faster.
      if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
    }
  }
  return removed;
}
