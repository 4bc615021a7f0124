import { pathForms, type PathForms, type PathOptions } from "../paths/index.ts";
import {
  analyseCommand,
  commandGlob,
  coversEveryCommand,
  globPrefix,
  matchAnyCommand,
  matchGlob,
  type CommandMatch,
} from "../shell/index.ts";
import type { JsonObject, JsonValue, Tool } from "../spec/index.ts";
import type { ReadRule } from "./permission-rules.ts";

/** A call that rules are tried on. */
export interface PermissionCall {
  readonly tool: Tool;
  readonly args: JsonObject;
  /** @default process.cwd() */
  readonly cwd?: string;
}

/** `any`: a denial or question, which counts when a part matches. `every`: an allowance, for which all must. */
export type MatchKind = "any" | "every";

/** Arguments that say what a call is about, when a rule does not name one. */
const SUBJECTS = ["command", "file_path", "path", "notebook_path", "url"];
/** What a call is about when it has none of these. */
const OTHER_SUBJECTS = ["pattern", "query", "prompt"];

/** Tries a rule on a call; `maybe` when what would match is known only at run time. */
export function matchRule(
  rule: ReadRule,
  call: PermissionCall,
  kind: MatchKind,
  options: Omit<PathOptions, "cwd">,
): CommandMatch {
  if (!matchGlob(rule.tool, call.tool.name)) return "no";
  const paths: PathOptions = { ...options, cwd: call.cwd ?? process.cwd() };
  const answers = [...rule.args].map(([name, glob]) => matchArgument(name, glob, call, kind, paths));
  if (rule.subject !== undefined) answers.push(matchSubject(rule.subject, call, kind, paths));
  if (answers.includes("no")) return "no";
  return answers.includes("maybe") ? "maybe" : "yes";
}

function matchSubject(glob: string, call: PermissionCall, kind: MatchKind, paths: PathOptions): CommandMatch {
  const isGiven = (name: string): boolean => Object.hasOwn(call.args, name) && call.args[name] !== null;
  const main = [...new Set([...SUBJECTS, ...(call.tool.pathArgs ?? [])])].filter(isGiven);
  const names = main.length > 0 ? main : OTHER_SUBJECTS.filter(isGiven);
  const answers = names.map((name) => matchArgument(name, glob, call, kind, paths));
  if (kind === "every") return answers.length > 0 && answers.every((answer) => answer === "yes") ? "yes" : "no";
  return answers.includes("yes") ? "yes" : answers.includes("maybe") ? "maybe" : "no";
}

function matchArgument(
  name: string,
  glob: string,
  call: PermissionCall,
  kind: MatchKind,
  paths: PathOptions,
): CommandMatch {
  const value = Object.hasOwn(call.args, name) ? call.args[name] : undefined;
  if (value === undefined || value === null) return "no";
  if (name === "command" && typeof value === "string") return matchCommand(value, glob, kind);
  const isPath =
    name === "file_path" || name === "path" || name === "notebook_path" || call.tool.pathArgs?.includes(name) === true;
  if (isPath && typeof value === "string") return matchPath(pathForms(value, paths), glob, kind);
  const texts = textsOf(value);
  return (kind === "any" ? texts.some((text) => matchGlob(glob, text)) : texts.every((text) => matchGlob(glob, text)))
    ? "yes"
    : "no";
}

function matchCommand(command: string, glob: string, kind: MatchKind): CommandMatch {
  const pattern = commandGlob(glob);
  const analysis = analyseCommand(command);
  if (kind === "any") return matchAnyCommand(analysis, pattern);
  return coversEveryCommand(analysis, pattern) ? "yes" : "no";
}

/** In these globs `*` is any text, also `/`; an allowance outside of `cwd` needs a glob that begins there. */
function matchPath({ names, places }: PathForms, glob: string, kind: MatchKind): CommandMatch {
  if (kind === "any") {
    if (names.some((name) => matchGlob(glob, name))) return "yes";
    return places === undefined ? "maybe" : "no";
  }
  const isAbsolute = /^(?:\/|[a-zA-Z]:)/.test(globPrefix(glob));
  const isCovered = places?.every(({ absolute, relative }) => {
    if (isAbsolute) return matchGlob(glob, absolute);
    return relative !== undefined && matchGlob(glob.replace(/^(?:\.\/)+/, ""), relative);
  });
  return isCovered === true ? "yes" : "no";
}

function textsOf(value: JsonValue): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) && value.length > 0 ? value.flatMap(textsOf) : [JSON.stringify(value)];
}
