import type { PolicyCall } from "./policy-decision.ts";

/** What is done with a file: it is read, written (created, changed, removed), or either may happen. */
export type FileAccess = "read" | "write" | "both";

/** What a rule may ask for. */
export type WantedAccess = Exclude<FileAccess, "both">;

/** What our own tools do with the files in their arguments, for calls that nobody describes. */
const BY_TOOL: ReadonlyMap<string, FileAccess> = new Map([
  ["Read", "read"],
  ["Glob", "read"],
  ["Grep", "read"],
  ["Write", "write"],
]);

/** What a tool does with the files that its arguments name. Only one that is declared to read is believed to do no more. */
export function accessOfTool({ tool, effect }: Pick<PolicyCall, "tool" | "effect">): FileAccess {
  if (effect === "read") return "read";
  const known = BY_TOOL.get(tool);
  return known === undefined || (effect !== undefined && effect !== known) ? "both" : known;
}

/** Whether a file that is used so is meant by a denial or question about one access; all are meant without one. */
export function isInvolved(access: FileAccess, wanted: WantedAccess | undefined): boolean {
  return wanted === undefined || access === wanted || access === "both";
}

/**
 * Whether an allowance of one access covers a file that is used so. Who may write a file may change it, which reads it; who
 * may read it may do no more.
 */
export function isCoveredAccess(access: FileAccess, wanted: WantedAccess | undefined): boolean {
  return wanted === undefined || access === wanted || (wanted === "write" && access === "both");
}

/** Two uses of one file. */
export function joinAccess(one: FileAccess | undefined, other: FileAccess): FileAccess {
  return one === undefined || one === other ? other : "both";
}
