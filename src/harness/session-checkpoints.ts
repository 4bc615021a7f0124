import type { Checkpoints } from "../checkpoints/index.ts";
// The file itself: the door would load the database before the first message.
import { checkSessionId } from "../session/session-id.ts";
import type { Audit } from "../spec/index.ts";
import { dataFolder } from "./data-folder.ts";
import type { RunOptions } from "./run-options.ts";

/** Where the kept contents of sessions are, and who is told of what happens to them. */
export interface CheckpointPlace extends Pick<RunOptions, "clock" | "random"> {
  readonly home: string;
  /** The log that tells of files that were brought back. Asked for before the first is. */
  audit(): Promise<Audit>;
}

/**
 * The kept contents of a session, opened when they are asked for. Whoever brings files back, a program or a person at the
 * command line, does it through here: it is on record before the first file is touched.
 */
export function openSessionCheckpoints(place: CheckpointPlace, sessionId: string): Checkpoints {
  const directory = dataFolder(place.home, "checkpoints", checkSessionId(sessionId));
  const { clock, random } = place;
  const open = async (): Promise<Checkpoints> => {
    const { openCheckpoints } = await import("../checkpoints/index.ts");
    return openCheckpoints({
      directory,
      ...(clock === undefined ? {} : { clock }),
      ...(random === undefined ? {} : { random }),
    });
  };
  return {
    list: async () => await (await open()).list(),
    async undo(selection, options = {}) {
      const checkpoints = await open();
      if (options.dryRun === true) return await checkpoints.undo(selection, options);
      const audit = await place.audit();
      const tell = (action: "restoring" | "restored", checkpointId: string | undefined, content: object): void =>
        audit.append({
          type: "checkpoint",
          sessionId,
          data: { action, ...(checkpointId === undefined ? {} : { checkpointId }) },
          content: { ...content },
        });
      tell("restoring", undefined, { selection });
      await audit.flush();
      const report = await checkpoints.undo(selection, options);
      for (const { path, edits } of report.restored) {
        for (const checkpointId of edits) tell("restored", checkpointId, { path });
      }
      await audit.flush();
      return report;
    },
  };
}
