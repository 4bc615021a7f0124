import { parseArgs } from "node:util";

import { escapeControls } from "../../approval/index.ts";
import type { Edit, UndoReport, UndoSelection } from "../../checkpoints/index.ts";
import type { Command } from "../command.ts";
import { withCheckpoints } from "../open-user-checkpoints.ts";
import { UsageError } from "../usage-error.ts";

const USAGE =
  "harness undo SESSION [--list] [--call ID | --turn N [--run N] | --run N | --edit ID | --all] [--dry-run]";

const OPTIONS = {
  list: { type: "boolean" },
  call: { type: "string" },
  turn: { type: "string" },
  run: { type: "string" },
  edit: { type: "string" },
  all: { type: "boolean" },
  "dry-run": { type: "boolean" },
} as const;

/**
 * `harness undo SESSION`: brings files back to what they held before the session's last run, or before the call, turn,
 * run or edit that is named. Exit code 1 when a file was left as it is, because somebody else changed it. The audit log
 * that runs of this person in this directory have tells of it.
 */
export const undoCommand: Command = async (args, { out, err }) => {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [session] = positionals;
  if (session === undefined || positionals.length > 1) throw new UsageError(`One session is needed: ${USAGE}`);
  return await withCheckpoints({ session, log: (message) => err(`# ${message}\n`) }, async (checkpoints) => {
    if (values.list === true) {
      for (const edit of await checkpoints.list()) out(`${describeEdit(edit)}\n`);
      return 0;
    }
    const report = await checkpoints.undo(readSelection(values), { dryRun: values["dry-run"] === true });
    out(describeReport(report));
    return report.conflicts.length === 0 ? 0 : 1;
  });
};

interface GivenSelection {
  readonly call?: string;
  readonly turn?: string;
  readonly run?: string;
  readonly edit?: string;
  readonly all?: boolean;
}

function readSelection({ call, turn, run, edit, all }: GivenSelection): UndoSelection {
  const given = [call, turn, edit, all].filter((value) => value !== undefined);
  if (given.length > 1 || (run !== undefined && given.length > 0 && turn === undefined)) {
    throw new UsageError(`Only one selection can be undone at a time: ${USAGE}`);
  }
  if (call !== undefined) return { call };
  if (edit !== undefined) return { edit };
  if (all === true) return { all: true };
  const ofRun = run === undefined ? undefined : readNumber("--run", run);
  if (turn !== undefined) return { turn: readNumber("--turn", turn), ...(ofRun === undefined ? {} : { run: ofRun }) };
  return { run: ofRun ?? "last" };
}

function readNumber(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new UsageError(`${name} must be a whole number of at least 1, not ${JSON.stringify(text)}`);
}

function describeEdit({ id, at, run, turn, toolUseId, agent, tool, path }: Edit): string {
  const when = new Date(at).toISOString();
  return escapeControls(`${id}  ${when}  run ${run} turn ${turn}  ${agent} ${tool} ${toolUseId}  ${path}`);
}

function describeReport({ restored, conflicts, commands, isDryRun }: UndoReport): string {
  const done = restored.map(({ path, action }) => `${isDryRun ? "would be " : ""}${action.padEnd(9)} ${path}`);
  const left = conflicts.map(({ path, reason }) => `CONFLICT  ${path}: ${reason}`);
  const lines = [...done, ...left];
  const ran = commands.map(
    ({ tool, run, turn, toolUseId }) =>
      `COMMAND   ${tool} ${toolUseId} (run ${run}, turn ${turn}): what it changed elsewhere is not known and stays`,
  );
  const told = [...(lines.length === 0 ? ["Nothing to undo"] : lines), ...ran];
  return `${told.map((line) => escapeControls(line)).join("\n")}\n`;
}
