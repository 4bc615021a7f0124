import { digestJson } from "../digest/index.ts";
import type { Tool } from "../spec/index.ts";
import { BUILTIN_TOOL_NAMES } from "../tools/index.ts";
import type { RecordedCall, Recording } from "./recording.ts";

/** What a replay of a record cannot show, in words: a report must not look surer than it is. */
export function findNotes(
  { runs, subagents, compactions }: Recording,
  { isGiven, tools }: { readonly isGiven: boolean; readonly tools: readonly Tool[] },
): readonly string[] {
  const calls = runs.flatMap(({ turns }) => turns.flatMap((turn) => turn.calls));
  const known = new Set<string>([...BUILTIN_TOOL_NAMES, "RunCode", ...tools.map(({ name }) => name)]);
  const strangers = [...new Set(calls.filter(({ name, decision }) => !known.has(name) && decision?.layer !== "input"))];
  const names = [...new Set(strangers.map(({ name }) => name))];
  const changed = calls.filter(wasChanged).length;
  const hooked = calls.filter(({ decision }) => decision?.layer === "hook").length;
  const notes: string[] = [];
  if (isGiven && names.length > 0) {
    notes.push(`Not known here and judged as tools that execute: ${names.join(", ")}. Pass them as tools`);
  }
  if (isGiven && hooked > 0) notes.push(`Hooks decided about ${hooked} calls; hooks are not replayed`);
  if (changed > 0)
    notes.push(
      `The arguments of ${changed} calls were changed before they ran; they are judged as the model sent them`,
    );
  if (subagents.length > 0) {
    notes.push(`Sub-agents are given by their results; replay their own sessions: ${subagents.join(", ")}`);
  }
  if (compactions > 0) notes.push(`The history was made shorter ${compactions} times; the replay keeps all of it`);
  return notes;
}

/** A schema that fills in defaults changes arguments, too; then their digest is that of more than the model sent. */
function wasChanged({ name, args, argsDigest }: RecordedCall): boolean {
  return argsDigest !== undefined && args !== undefined && digestJson({ name, args }) !== argsDigest;
}
