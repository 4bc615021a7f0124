import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describeError } from "../errors/index.ts";
import type { Random } from "../spec/index.ts";
import type { Spill } from "../tool-call/index.ts";

/** Results from here on are kept in a file, in UTF-8 bytes: about a sixth of a small context window. */
const FROM_BYTES = 100_000;

/**
 * Keeps results that are too long for the context in a directory outside of the project, `~/.harness/results/<session>`,
 * which the agent can read and not write. One that cannot be kept loses its middle, as without this.
 */
export function openSpill(
  directory: string,
  { random, log }: { readonly random: Random; readonly log: (message: string) => void },
): Spill {
  return {
    fromBytes: FROM_BYTES,
    keep(text, { tool, toolUseId }) {
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        // A model chose the id, and may choose one twice.
        const name = `${tool}-${toolUseId}`.replaceAll(/[^\w-]/g, "_").slice(0, 100);
        const path = join(directory, `${name}-${random.id().slice(0, 8)}.txt`);
        writeFileSync(path, text, { flag: "wx", mode: 0o600 });
        return path;
      } catch (error) {
        log(`A long result could not be kept: ${describeError(error)}`);
        return undefined;
      }
    },
  };
}
