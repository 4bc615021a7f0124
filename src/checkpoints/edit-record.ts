/** What a file held at some moment; `null` = it was not there. */
export type KeptContent = { readonly sha256: string; readonly size: number } | null;

/** One change of one file by one call. */
export interface Edit {
  /** Run and number, such as "2.1"; that of an undo is random, since another process may be at work. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The run of the session, from 1. */
  readonly run: number;
  /** The turn of the run's own agent, also for what sub-agents change. */
  readonly turn: number;
  readonly toolUseId: string;
  /** The `Task` calls above it, the nearest first: undoing one of them undoes this. */
  readonly parents: readonly string[];
  readonly agent: string;
  readonly tool: string;
  /** Absolute real path. */
  readonly path: string;
  readonly before: KeptContent;
  /** `undefined` when the process died before it was known. */
  readonly after: KeptContent | undefined;
  /** Ids of the edits that this one undid. */
  readonly undoes?: readonly string[];
}

/** A command that ran. What it changed is an edit where the session had changed that file before, and not known elsewhere. */
export interface CommandNote extends Pick<Edit, "run" | "turn" | "toolUseId" | "parents" | "agent" | "tool"> {
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
}

/** A line of the journal: an edit as it begins, what it left, that it changed nothing, or a command. */
export type EditLine =
  | { readonly type: "command"; readonly command: CommandNote }
  | { readonly type: "begin"; readonly edit: Omit<Edit, "after"> }
  | { readonly type: "end"; readonly id: string; readonly after: KeptContent }
  | { readonly type: "void"; readonly id: string };

/** The first line: where the files of the session are. */
export interface EditPlace {
  readonly type: "place";
  readonly v: 1;
  readonly cwd: string;
  readonly roots: readonly string[];
}

/** Whether a file holds the same at two moments. */
export function isSameContent(left: KeptContent | undefined, right: KeptContent | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  return left === null || right === null ? left === right : left.sha256 === right.sha256;
}
