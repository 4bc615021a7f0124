import { sha256 } from "../digest/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { AuditScope, Clock, Files, PreparedCall } from "../spec/index.ts";
import type { EditJournal } from "./edit-journal.ts";
import type { CommandNote, Edit, KeptContent } from "./edit-record.ts";

/** Options of `openEditKeeper`. */
export interface EditKeeperOptions {
  /** Where copies go: a directory outside of the project, one for each session. */
  readonly directory: string;
  /** The files of the run. */
  readonly files: Files;
  readonly clock: Clock;
  /** The turn that the run's own agent is in. */
  readonly turn: () => number;
  /** Hears of every file that a call changed, when its old content can be brought back; the call waits for it. */
  readonly onKept?: (kept: Edit, call: PreparedCall, scope: AuditScope) => Promise<void> | void;
}

/** What keeping the edits of a call needs. */
export interface EditMeans extends EditKeeperOptions {
  readonly journal: EditJournal;
  readonly numbers: EditNumbers;
}

/** What one run counts, and knows of the session. */
export interface EditNumbers {
  readonly run: number;
  edits: number;
  /** What the session has changed, and what its calls left there as far as this process knows. */
  readonly known: Map<string, KeptContent | undefined>;
}

/** A call whose edits are kept. */
export interface OfCall {
  readonly call: PreparedCall;
  readonly scope: AuditScope;
  readonly means: EditMeans;
}

/** On record: what the call left. */
export async function endEdit(
  edit: Omit<Edit, "after">,
  after: KeptContent,
  { call, scope, means }: OfCall,
): Promise<void> {
  await means.journal.append({ type: "end", id: edit.id, after });
  means.numbers.known.set(edit.path, after);
  await means.onKept?.({ ...edit, after }, call, scope);
}

/** Copies what a file holds out of the project. */
export async function keepContent(path: string, { files, journal }: EditMeans): Promise<KeptContent> {
  const state = await files.stat(path);
  if (state === undefined) return null;
  // The tool will say what is wrong with a directory or a pipe; there is nothing to keep of it.
  if ((state.mode & 0o170000) !== 0o100000) return null;
  if (state.size > MAX_BYTES) {
    const message = `"${path}" has ${state.size} bytes and could not be brought back: ${MAX_BYTES} is the most that is kept`;
    throw new HarnessError(message, { code: "checkpoint_invalid" });
  }
  const { bytes } = await files.read(path, { maxBytes: MAX_BYTES });
  return await journal.keep(bytes);
}

/** What a file holds now. */
export async function lookAt(path: string, files: Files): Promise<KeptContent> {
  const state = await files.stat(path);
  if (state === undefined || (state.mode & 0o170000) !== 0o100000) return null;
  const { bytes } = await files.read(path, { maxBytes: state.size + 1 });
  return { sha256: sha256(bytes), size: bytes.length };
}

/** An edit of a call as it begins. */
export function describeEdit(path: string, before: KeptContent, ofCall: OfCall): Omit<Edit, "after"> {
  const { numbers } = ofCall.means;
  return { id: `${numbers.run}.${(numbers.edits += 1)}`, ...describeCall(ofCall), path, before };
}

/** Which call it is, and when. */
export function describeCall({ call, scope, means: { numbers, clock, turn } }: OfCall): CommandNote {
  const { parentToolUseId, parents = parentToolUseId === undefined ? [] : [parentToolUseId], agent } = scope;
  const place = { run: numbers.run, turn: turn(), toolUseId: call.id, parents };
  return { at: clock.now(), ...place, agent, tool: call.tool.name };
}
/** The largest file whose content is kept, in bytes. */
export const MAX_BYTES = 50 * 1024 * 1024;
