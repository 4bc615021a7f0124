import type { WantedAccess } from "./file-access.ts";
import type { PolicyConditionType } from "./policy-layer.ts";
import { sourceError, type PolicySource, type SourcePath } from "./policy-source.ts";
import { readChoice, readFields, readFlag, readList, readPattern, readPatterns, type Fields } from "./read-fields.ts";
import { readTime, type TimeWindow } from "./time-window.ts";

interface Read<Type extends string> {
  readonly type: Type;
  /** Where it stands in the document. */
  readonly path: SourcePath;
}

/** A condition of the seeds' forms: one pattern. */
export interface PatternCondition extends Read<PolicyConditionType> {
  readonly syntax: "glob" | "regex";
  readonly pattern: string;
}

/** The precise form for commands: all parts hold for the same simple command. */
export interface CommandCondition extends Read<"command"> {
  readonly program: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  readonly prefix: readonly string[] | undefined;
}

type ListType = "path" | "url" | "host" | "content" | "agent";

/** Patterns of which one must match. */
export type ListCondition = {
  readonly [Type in ListType]: Read<Type> & { readonly patterns: readonly string[] };
}[ListType];

/** Globs for one argument. */
export interface ArgumentCondition extends Read<"args"> {
  readonly name: string;
  readonly patterns: readonly string[];
}

/** Whether untrusted content is in the context. */
export interface TaintCondition extends Read<"tainted"> {
  readonly value: boolean;
}

/** What is done with the files that the other conditions are about. */
export interface AccessCondition extends Read<"access"> {
  readonly access: WantedAccess;
}

/** When the call happens. */
export interface TimeCondition extends Read<"time"> {
  readonly window: TimeWindow;
}

/** A condition that was checked. */
export type ReadCondition =
  | PatternCondition
  | CommandCondition
  | ListCondition
  | ArgumentCondition
  | AccessCondition
  | TaintCondition
  | TimeCondition;

const PATTERNS = [
  "command_matches",
  "path_matches",
  "not_path_matches",
  "content_matches",
] as const satisfies readonly PolicyConditionType[];
const LISTS = ["path", "url", "host", "content", "agent"] as const satisfies readonly ListCondition["type"][];
const WHEN_KEYS = [...PATTERNS, "command", ...LISTS, "access", "tainted", "time"];
const PATH_KEYS = ["path", "path_matches", "not_path_matches"];
/** Arguments that mean more than their text: other conditions judge what they mean. */
const JUDGED_ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ["command", "command or command_matches"],
  ["file_path", "path"],
  ["path", "path"],
  ["notebook_path", "path"],
]);

/** Reads the map `when:`. */
export function readWhen(source: PolicySource, value: unknown, path: SourcePath): readonly ReadCondition[] {
  if (value === undefined) return [];
  const names = argumentNames(value);
  const fields = readFields(source, value, path, [...WHEN_KEYS, ...names.map((name) => `args.${name}`)], "condition");
  return Object.keys(fields).map((key) => readOne(source, fields, [...path, key]));
}

function argumentNames(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value)
    .filter((key) => /^args\../.test(key))
    .map((key) => key.slice("args.".length));
}

function readOne(source: PolicySource, fields: Fields, path: SourcePath): ReadCondition {
  const key = String(path.at(-1));
  const value = fields[key];
  const pattern = PATTERNS.find((type) => type === key);
  if (pattern !== undefined) {
    const syntax = pattern === "content_matches" ? "regex" : "glob";
    return { type: pattern, syntax, pattern: readPattern(source, value, path), path };
  }
  const list = LISTS.find((type) => type === key);
  if (list !== undefined) return { type: list, patterns: readPatterns(source, value, path), path };
  if (key === "command") return readCommand(source, value, path);
  if (key === "access") return readAccess(source, fields, path);
  if (key === "time") return { type: "time", window: readTime(source, value, path), path };
  if (key === "tainted") {
    return { type: "tainted", value: readFlag(source, fields, { path: path.slice(0, -1), key, fallback: true }), path };
  }
  const name = key.slice("args.".length);
  const better = JUDGED_ARGUMENTS.get(name);
  if (better !== undefined) {
    throw sourceError(
      source,
      { path, part: "key" },
      `"${key}" would see the text only: use ${better}, which judges what it means`,
    );
  }
  return { type: "args", name, patterns: readPatterns(source, value, path), path };
}

function readAccess(source: PolicySource, fields: Fields, path: SourcePath): AccessCondition {
  const access = readChoice(source, fields["access"], path, ["read", "write"]);
  if (PATH_KEYS.some((key) => Object.hasOwn(fields, key))) return { type: "access", access, path };
  const message = `"access" says how files are used: say which, with ${PATH_KEYS.join(", ")} ("**" is every file)`;
  throw sourceError(source, { path, part: "key" }, message);
}

function readCommand(source: PolicySource, value: unknown, path: SourcePath): CommandCondition {
  const fields = readFields(source, value, path, ["program", "args", "prefix"]);
  const read = (key: string): readonly string[] | undefined =>
    Object.hasOwn(fields, key) ? readPatterns(source, fields[key], [...path, key]) : undefined;
  const condition: CommandCondition = {
    type: "command",
    program: read("program"),
    args: read("args"),
    prefix: read("prefix"),
    path,
  };
  if (Object.keys(fields).length === 0) {
    throw sourceError(source, { path }, '"command" needs at least one of program, args, prefix');
  }
  const slashed = [...(condition.program ?? []), ...(condition.prefix ?? []).slice(0, 1)].find((name) =>
    /\s/.test(name),
  );
  if (slashed !== undefined) {
    throw sourceError(
      source,
      { path },
      `${JSON.stringify(slashed)} is no program: give its name alone, and what follows it in "prefix" or "args"`,
    );
  }
  return condition;
}

/** Reads the list `conditions:`, whose patterns are regular expressions. */
export function readConditions(source: PolicySource, value: unknown, path: SourcePath): readonly ReadCondition[] {
  if (value === undefined) return [];
  return readList(source, value, path).map((condition, at) => {
    const here = [...path, at];
    const fields = readFields(source, condition, here, ["type", "pattern"]);
    for (const key of ["type", "pattern"]) {
      if (!Object.hasOwn(fields, key)) throw sourceError(source, { path: here }, `A condition needs "${key}"`);
    }
    return {
      type: readChoice(source, fields["type"], [...here, "type"], PATTERNS),
      syntax: "regex",
      pattern: readPattern(source, fields["pattern"], [...here, "pattern"]),
      path: [...here, "pattern"],
    };
  });
}
