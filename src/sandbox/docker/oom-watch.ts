import { probe } from "./probe.ts";
import { runInContainer, type ContainerRun } from "./run-in-container.ts";

/** Knows whether the kernel killed something for want of memory. */
export interface OomWatch {
  /** Whether it did since the last question. */
  hasKilled(): Promise<boolean>;
}

/** The counter of the kernel: under cgroup 2, and under cgroup 1. */
const SCRIPT = "cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null";

/**
 * Watches a container's memory. `OOMKilled` of the engine speaks of the container's first process, which is ours; what
 * happens to commands shows in the counter of their control group.
 */
export function createOomWatch(place: Pick<ContainerRun, "container" | "watch">): OomWatch {
  let known = 0;
  return {
    async hasKilled() {
      const { State } = await place.container.inspect();
      if (!State.Running) return State.OOMKilled;
      const { stdout } = await runInContainer(probe(place, ["sh", "-c", SCRIPT]));
      const count = Number(/^oom_kill (\d+)$/m.exec(stdout)?.[1] ?? 0);
      const isNew = count > known;
      known = count;
      return isNew || State.OOMKilled;
    },
  };
}
