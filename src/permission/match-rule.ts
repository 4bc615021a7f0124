import { pathForms, type PathForms, type PathOptions } from "../paths/index.ts";
import {
  analyseCommand,
  commandOf,
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
  if (!isTool(rule.tool, call.tool.name, kind)) return "no";
  const paths: PathOptions = { ...options, cwd: call.cwd ?? process.cwd() };
  const answers = [...rule.args].map(([name, glob]) => matchArgument(name, glob, call, kind, paths));
  if (rule.subject !== undefined) answers.push(matchSubject(rule.subject, call, kind, paths));
  if (answers.includes("no")) return "no";
  return answers.includes("maybe") ? "maybe" : "yes";
}

/** A denial is meant for the tool however its name is written; an allowance is not guessed at. */
function isTool(glob: string, name: string, kind: MatchKind): boolean {
  return matchGlob(glob, name) || (kind === "any" && matchGlob(glob.toLowerCase(), name.toLowerCase()));
}

function matchSubject(glob: string, call: PermissionCall, kind: MatchKind, paths: PathOptions): CommandMatch {
  const isGiven = (name: string): boolean => Object.hasOwn(call.args, name) && call.args[name] !== null;
  // Whole, whatever arguments it stands in: of a program alone its arguments would be missing.
  const command = commandOf(call.args);
  const main = [...new Set([...SUBJECTS, ...(call.tool.pathArgs ?? [])])].filter(
    (name) => isGiven(name) && !(name === "command" && command !== undefined),
  );
  const names = main.length > 0 || command !== undefined ? main : OTHER_SUBJECTS.filter(isGiven);
  const answers = names.map((name) => matchArgument(name, glob, call, kind, paths));
  if (command !== undefined) answers.push(matchCommand(command, glob, kind));
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
  const domain = name === "url" ? /^domain:(.+)$/u.exec(glob)?.[1] : undefined;
  const fits = (text: string): boolean => (domain === undefined ? matchGlob(glob, text) : isWithin(domain, text, kind));
  return (kind === "any" ? texts.some(fits) : texts.every(fits)) ? "yes" : "no";
}

function matchCommand(command: string, glob: string, kind: MatchKind): CommandMatch {
  const analysis = analyseCommand(command);
  if (kind === "every") return coversEveryCommand(analysis, commandGlob(glob)) ? "yes" : "no";
  const answers = spellings(glob).map((spelling) => matchAnyCommand(analysis, commandGlob(spelling)));
  return answers.includes("yes") ? "yes" : answers.includes("maybe") ? "maybe" : "no";
}

/**
 * Elsewhere `git push:*` means every command that begins so: a denial that was brought along must hold. For an allowance
 * it stays the text that it is, as in `docker pull node:*`.
 */
function spellings(glob: string): readonly string[] {
  if (!glob.endsWith(":*")) return [glob];
  const begin = glob.slice(0, -2);
  return [glob, begin, `${begin} *`];
}

/** Whether an address is of a host, or of one below it. A denial is also about one of which nobody can tell. */
function isWithin(domain: string, address: string, kind: MatchKind): boolean {
  const host = URL.parse(address)?.hostname.replace(/\.$/u, "");
  if (host === undefined) return kind === "any";
  const name = domain.replace(/^\*\./u, "").toLowerCase();
  return host === name || host.endsWith(`.${name}`);
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
