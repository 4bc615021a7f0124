import type { Emitter, Totals } from "../agent/index.ts";
import { systemClock } from "../async/index.ts";
import type { Checkpoints } from "../checkpoints/index.ts";
import { checkSessionId } from "../session/index.ts";
import type { EditKeeper } from "../spec/index.ts";
import { dataFolder } from "./data-folder.ts";
import type { RunRequest } from "./run-request.ts";
import type { Wiring } from "./wiring.ts";

/**
 * The keeper of what a run's calls overwrite, in `~/.harness/checkpoints/<session>`; `undefined` when options say so.
 * Nothing is loaded or made before the first call that writes.
 */
export function openEdits(
  { settings, modules }: Wiring,
  { options, sessionId, controls }: RunRequest,
  totals: Totals,
): EditKeeper | undefined {
  if (options.checkpoints === false) return undefined;
  let opened: Promise<EditKeeper> | undefined;
  const load = async (): Promise<EditKeeper> => {
    const { openEditKeeper } = await import("../checkpoints/index.ts");
    return openEditKeeper({
      directory: dataFolder(settings.home, "checkpoints", sessionId),
      files: modules.files,
      clock: options.clock ?? systemClock,
      turn: () => totals.turns,
      onKept: ({ path, id, toolUseId }) => emitKept(controls.emitter, { path, id, toolUseId }),
    });
  };
  return { open: async (call, scope) => await (await (opened ??= load())).open(call, scope) };
}

function emitKept(
  emitter: Emitter,
  data: { readonly path: string; readonly id: string; readonly toolUseId: string },
): void {
  emitter.emit({ type: "system", subtype: "checkpoint", data });
}

/** The kept contents of a session, opened when they are asked for. */
export function openSessionCheckpoints({ settings }: Wiring, sessionId: string): Checkpoints {
  const directory = dataFolder(settings.home, "checkpoints", checkSessionId(sessionId));
  const { clock, random } = settings.options;
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
    undo: async (selection, options) => await (await open()).undo(selection, options),
  };
}
