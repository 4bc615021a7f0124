import { describeError } from "../errors/index.ts";
import { isSameState } from "../files/index.ts";
import type { Clock, Files, Random } from "../spec/index.ts";
import type { EditJournal } from "./edit-journal.ts";
import { isSameContent, type CommandNote, type Edit, type KeptContent } from "./edit-record.ts";
import { lookAt } from "./keep-edit.ts";

/** Which edits to undo. */
export type UndoSelection =
  /** Those of one call, or of a `Task` call and everything that its sub-agent did. */
  | { readonly call: string }
  /** Those of a turn of a run; of the last run where none is named. */
  | { readonly turn: number; readonly run?: number }
  /** Those of a run, or of the last one. */
  | { readonly run: number | "last" }
  /** One edit, or one undo: that brings back what was undone. */
  | { readonly edit: string }
  | { readonly all: true };

/** What an undo did with each file. */
export interface UndoReport {
  readonly restored: readonly UndoneFile[];
  /** Files that were left as they are, and why. */
  readonly conflicts: readonly { readonly path: string; readonly reason: string }[];
  /**
   * Commands that ran since the first of the undone edits. What they did to files that the session had changed is
   * undone like any edit; what else they changed is not known, and not brought back.
   */
  readonly commands: readonly CommandNote[];
  /** Nothing was written: this is what would happen. */
  readonly isDryRun: boolean;
}

/** A file that holds again what it held before. */
export interface UndoneFile {
  readonly path: string;
  readonly action: "restored" | "removed" | "unchanged";
  /** The edits that were undone. */
  readonly edits: readonly string[];
}

/** What undoing works with. */
export interface UndoMeans {
  readonly journal: EditJournal;
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly dryRun?: boolean;
}

/**
 * Brings files back to what they held before the selected edits. A file that is not as those edits left it is reported
 * and not touched. Never uses git. An undo is an edit itself, so it can be undone.
 */
export async function undoEdits(selection: UndoSelection, means: UndoMeans): Promise<UndoReport> {
  const active = activeEdits(await means.journal.edits());
  const edits = choose(active, selection);
  const chosen = new Set(edits.map(({ id }) => id));
  const since = Math.min(...edits.map(({ at }) => at));
  const commands = (await means.journal.commands()).filter(({ at }) => edits.length === 0 || at >= since);
  const restored: UndoneFile[] = [];
  const conflicts: { path: string; reason: string }[] = [];
  for (const path of new Set(active.filter(({ id }) => chosen.has(id)).map((edit) => edit.path))) {
    const ofPath = active.filter((edit) => edit.path === path);
    try {
      const outcome = await undoPath(ofPath, chosen, means);
      if ("reason" in outcome) conflicts.push({ path, ...outcome });
      else restored.push(outcome);
    } catch (error) {
      conflicts.push({ path, reason: describeError(error) });
    }
  }
  return { restored, conflicts, commands, isDryRun: means.dryRun === true };
}

/** Edits that were not undone, from the newest undo back: one that was undone itself undoes nothing. */
export function activeEdits(edits: readonly Edit[]): readonly Edit[] {
  const undone = new Set<string>();
  for (const edit of edits.toReversed()) {
    if (!undone.has(edit.id)) for (const id of edit.undoes ?? []) undone.add(id);
  }
  return edits.filter(({ id }) => !undone.has(id));
}

function choose(active: readonly Edit[], selection: UndoSelection): readonly Edit[] {
  if ("edit" in selection) return active.filter(({ id }) => id === selection.edit);
  // An undo is chosen by its own number only: "the last run" means what the agent did.
  const own = active.filter(({ undoes }) => undoes === undefined);
  if ("all" in selection) return own;
  if ("call" in selection) {
    return own.filter(({ toolUseId, parents }) => [toolUseId, ...parents].includes(selection.call));
  }
  const run = selection.run === undefined || selection.run === "last" ? own.at(-1)?.run : selection.run;
  const ofRun = own.filter((edit) => edit.run === run);
  return "turn" in selection ? ofRun.filter(({ turn }) => turn === selection.turn) : ofRun;
}

async function undoPath(
  ofPath: readonly Edit[],
  chosen: ReadonlySet<string>,
  { journal, files, clock, random, dryRun }: UndoMeans,
): Promise<UndoneFile | { readonly reason: string }> {
  const first = ofPath.findIndex(({ id }) => chosen.has(id));
  const rest = ofPath.slice(first);
  const [oldest] = rest;
  const newest = rest.at(-1);
  if (oldest === undefined || newest === undefined) return { reason: "There is nothing to undo" };
  const later = rest.find(({ id, undoes }) => !chosen.has(id) && undoes === undefined);
  if (later !== undefined) {
    return { reason: `The call ${later.toolUseId} (${later.tool}) changed it later: undo that one first, or both` };
  }
  const { path, before } = oldest;
  const state = await files.stat(path);
  const current = await lookAt(path, files);
  const edits = rest.map(({ id }) => id);
  if (isSameContent(current, before)) return { path, action: "unchanged", edits };
  if (!isSameContent(current, newest.after)) {
    const expected = newest.after === undefined ? "nobody knows what the call left, as the process died" : "it changed";
    return { reason: `The file is not as the call ${newest.toolUseId} left it (${expected}): it was not touched` };
  }
  const action = before === null ? "removed" : "restored";
  if (dryRun === true) return { path, action, edits };
  const content = before === null ? null : await journal.load(before);
  const id = await begin(rest, current, { journal, files, clock, random });
  await replace(path, content, { files, state });
  await journal.append({ type: "end", id, after: before });
  return { path, action, edits };
}

/** On record before it happens, with what the file held: an undo loses nothing either. */
async function begin(
  rest: readonly Edit[],
  current: KeptContent,
  { journal, files, clock, random }: Omit<UndoMeans, "dryRun">,
): Promise<string> {
  const newest = rest.at(-1);
  if (newest === undefined) throw new TypeError("An undo needs an edit");
  const id = `undo-${random.id()}`;
  if (current !== null) {
    const { bytes } = await files.read(newest.path, { maxBytes: current.size + 1 });
    await journal.keep(bytes);
  }
  const undoes = rest.map((edit) => edit.id);
  const { run, turn, toolUseId, parents, agent, path } = newest;
  const place = { run, turn, toolUseId, parents, agent, path };
  await journal.append({
    type: "begin",
    edit: { ...place, id, at: clock.now(), tool: "undo", before: current, undoes },
  });
  return id;
}

async function replace(
  path: string,
  content: Uint8Array | null,
  { files, state }: { readonly files: Files; readonly state: Awaited<ReturnType<Files["stat"]>> },
): Promise<void> {
  if (content !== null) {
    await files.write(path, content, { expect: state ?? null });
    return;
  }
  const now = await files.stat(path);
  if (now !== undefined && state !== undefined && !isSameState(now, state)) throw new Error("it changed meanwhile");
  await files.remove(path);
}
