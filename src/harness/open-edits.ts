import type { Emitter, Totals } from "../agent/index.ts";
import { systemClock } from "../async/index.ts";
import type { Edit } from "../checkpoints/index.ts";
import type { Audit, AuditScope, EditKeeper, Journal, PreparedCall } from "../spec/index.ts";
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
  records: EditRecords,
): EditKeeper | undefined {
  if (options.checkpoints === false) return undefined;
  let opened: Promise<EditKeeper> | undefined;
  const load = async (): Promise<EditKeeper> => {
    const { openEditKeeper } = await import("../checkpoints/index.ts");
    return openEditKeeper({
      directory: dataFolder(settings.home, "checkpoints", sessionId),
      files: modules.files,
      clock: options.clock ?? systemClock,
      turn: () => records.totals.turns,
      onKept: (edit, call, scope) => recordEdit(edit, { ...records, call, scope, emitter: controls.emitter }),
    });
  };
  return { open: async (call, scope) => await (await (opened ??= load())).open(call, scope) };
}

/** Where it is told that the old content of a file was kept. */
interface EditRecords {
  readonly totals: Totals;
  readonly audit: Audit;
  /** Of the run's own agent. */
  readonly journal: Journal;
}

async function recordEdit(
  { path, id, toolUseId, before }: Edit,
  records: EditRecords & { readonly call: PreparedCall; readonly scope: AuditScope; readonly emitter: Emitter },
): Promise<void> {
  const { audit, journal, call, scope, emitter } = records;
  emitter.emit({ type: "system", subtype: "checkpoint", data: { path, id, toolUseId } });
  const digest = before === null ? {} : { digest: before.sha256 };
  const data = { action: "saved" as const, checkpointId: id, ...digest };
  audit.append({ type: "checkpoint", ...scope, data, content: { path } });
  // Calls of sub-agents have numbers of their own, which mean nothing in this journal.
  if (scope.parentToolUseId !== undefined || call.callId === undefined) return;
  await journal.record({ type: "checkpoint-made", data: { id, callId: call.callId, path } });
}
