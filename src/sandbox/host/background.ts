import type { Readable } from "node:stream";

import { isGroupAlive, stopTree } from "../../processes/index.ts";

/** What commands left running. */
export interface Background {
  add(left: { readonly group: number; readonly openPipes: readonly Readable[] }): void;
  /** Ends all of it, and whatever else carries the marker; `endAll` what cannot be caught up with. */
  stop(
    marker: string,
    options: { readonly graceMs: number; readonly endAll: (() => Promise<void>) | undefined },
  ): Promise<void>;
}

/** Keeps track of what commands left running, so that nothing outlives their sandbox. */
export function createBackground(): Background {
  const groups = new Set<number>();
  const pipes = new Set<Readable>();
  return {
    add({ group, openPipes }) {
      if (isGroupAlive(group)) groups.add(group);
      for (const pipe of openPipes) {
        pipes.add(pipe);
        pipe.once("close", () => pipes.delete(pipe));
      }
    },
    async stop(marker, { graceMs, endAll }) {
      await stopTree({ groups: [...groups].filter(isGroupAlive), marker, endAll }, { graceMs });
      for (const pipe of pipes) pipe.destroy();
    },
  };
}
