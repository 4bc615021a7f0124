import { resolve } from "node:path";

import { pathForms, type PathForms } from "../paths/index.ts";
import { analyseCommand, type ShellAnalysis, type ShellWord } from "../shell/index.ts";
import type { JsonValue } from "../spec/index.ts";
import type { PolicyCall } from "./policy-decision.ts";

/** The files that a call names. */
export interface PathFacts {
  readonly known: readonly PathForms[];
  /** Whether the call reaches files that are known only when it runs. */
  readonly hasUnknown: boolean;
}

/** What conditions look at; each part is read when the first condition asks for it. */
export interface CallFacts {
  /** The shell command; `undefined` when the call has none. */
  readonly command: ShellAnalysis | undefined;
  readonly paths: PathFacts;
  readonly contents: readonly string[];
}

/** How facts are found. */
export interface CallFactsOptions {
  readonly home: string;
  readonly realpath: (path: string) => string | undefined;
}

const PATH_ARGUMENTS = ["file_path", "path", "notebook_path"];
const CONTENT_ARGUMENTS = new Set(["content", "new_string", "new_source", "text"]);
const MAX_DEPTH = 5;
const MAX_DIRECTORIES = 16;

/** Reads what a call would do out of its arguments. */
export function readCall(call: PolicyCall, options: CallFactsOptions): CallFacts {
  const command = lazy(() => readCommand(call.args));
  const paths = lazy(() => readPaths(call, command(), options));
  const contents = lazy(() => readContents(call.args, 0));
  return {
    get command() {
      return command();
    },
    get paths() {
      return paths();
    },
    get contents() {
      return contents();
    },
  };
}

function lazy<Value>(read: () => Value): () => Value {
  let found: { readonly value: Value } | undefined;
  return () => (found ??= { value: read() }).value;
}

function readCommand(args: PolicyCall["args"]): ShellAnalysis | undefined {
  const command = Object.hasOwn(args, "command") ? args["command"] : undefined;
  if (typeof command === "string") return analyseCommand(command);
  if (!Array.isArray(command)) return undefined;
  // A list of arguments never meets a shell; quoted, each of them stays one word.
  return analyseCommand(command.map((word) => `'${String(word).replaceAll("'", "'\\''")}'`).join(" "));
}

function readPaths(call: PolicyCall, command: ShellAnalysis | undefined, given: CallFactsOptions): PathFacts {
  const cwd = call.cwd ?? process.cwd();
  const options = { home: given.home, realpath: remember(given.realpath) };
  const names = new Set([...PATH_ARGUMENTS, ...(call.pathArgs ?? [])]);
  const known: PathForms[] = [];
  for (const name of names) {
    const value = Object.hasOwn(call.args, name) ? call.args[name] : undefined;
    for (const path of textsOf(value)) known.push(pathForms(path, { ...options, cwd }));
  }
  if (command === undefined) return { known, hasUnknown: false };
  const written = readWrites(command, cwd, options);
  return { known: [...known, ...written.known], hasUnknown: written.hasUnknown };
}

/** Within one call the working folder is looked up for every path. */
function remember(realpath: CallFactsOptions["realpath"]): CallFactsOptions["realpath"] {
  const found = new Map<string, string | undefined>();
  return (path) => {
    if (!found.has(path)) found.set(path, realpath(path));
    return found.get(path);
  };
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item));
  return value === undefined || value === null ? [] : [JSON.stringify(value)];
}

function readWrites(
  { commands, directories, opaque }: ShellAnalysis,
  cwd: string,
  options: CallFactsOptions,
): PathFacts {
  const bases = readBases(directories, cwd, options.home);
  const known: PathForms[] = [];
  let hasUnknown = opaque.length > 0;
  for (const { target } of commands.flatMap(({ writes }) => writes)) {
    const isFixed = target.type === "literal" && (bases.isComplete || /^[/~]/.test(target.text));
    if (!isFixed) hasUnknown = true;
    if (target.type === "dynamic") continue;
    for (const base of bases.paths) known.push(pathForms(target.text, { ...options, cwd: base }));
  }
  return { known, hasUnknown };
}

/** Where relative paths may start: `cd` and `pushd` move on from wherever the command is. */
function readBases(
  directories: readonly ShellWord[],
  cwd: string,
  home: string,
): { readonly paths: readonly string[]; readonly isComplete: boolean } {
  const paths = [cwd];
  let isComplete = true;
  for (const { type, text } of directories) {
    if (type !== "literal" || text.startsWith("-") || paths.length > MAX_DIRECTORIES) {
      isComplete = false;
      continue;
    }
    const directory = text === "~" || text.startsWith("~/") ? home + text.slice(1) : text;
    paths.push(...paths.map((base) => resolve(base, directory)));
  }
  return { paths: [...new Set(paths)], isComplete };
}

function readContents(value: JsonValue, depth: number): readonly string[] {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => readContents(item, depth + 1));
  return Object.entries(value).flatMap(([name, item]) =>
    CONTENT_ARGUMENTS.has(name) ? textsOf(item) : readContents(item, depth + 1),
  );
}
