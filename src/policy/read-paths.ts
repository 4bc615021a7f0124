import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { pathForms, type PathForms } from "../paths/index.ts";
import type { ShellAnalysis, ShellWord } from "../shell/index.ts";
import type { JsonValue } from "../spec/index.ts";
import { accessOfTool, joinAccess, type FileAccess } from "./file-access.ts";
import type { PolicyCall } from "./policy-decision.ts";

/** A file that a call names. */
export interface ReachedFile {
  readonly access: FileAccess;
  readonly forms: PathForms;
}

/** The files that a call names. */
export interface PathFacts {
  readonly known: readonly ReachedFile[];
  /** Name patterns of the shell, as written and from the root: each stands for whatever files match it. */
  readonly globs: readonly { readonly access: FileAccess; readonly forms: readonly string[] }[];
  /** How the call uses files that are known only when it runs; `undefined`: there are none. */
  readonly unknown: FileAccess | undefined;
}

interface PathLookup {
  readonly home: string;
  readonly realpath: (path: string) => string | undefined;
}

/** Names under which tools take paths, those of MCP servers too: a tool that is not ours declares none. */
const PATH_ARGUMENTS: ReadonlySet<string> = new Set(
  `file_path path paths notebook_path filepath filePath filename fileName file files dir directory folder root source
  destination target src dst dest old_path new_path oldPath newPath output output_path outputPath uri url`.split(/\s+/),
);
/** Arguments that are a pattern for files: one without wildcards is a name. */
const GLOB_ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ["Glob", "pattern"],
  ["Grep", "glob"],
]);
const MAX_DIRECTORIES = 16;

/** Finds the files that arguments name, and those that a command reads and writes, wherever it has changed to by then. */
export function readPaths(call: PolicyCall, command: ShellAnalysis | undefined, given: PathLookup): PathFacts {
  const cwd = call.cwd ?? process.cwd();
  const options = { home: given.home, realpath: remember(given.realpath) };
  const access = accessOfTool(call);
  const known = argumentPaths(call).map((path) => ({ access, forms: pathForms(path, { ...options, cwd }) }));
  if (command === undefined) return { known, globs: [], unknown: undefined };
  const reached = readCommandPaths(command, cwd, options);
  return { ...reached, known: [...known, ...reached.known] };
}

function argumentPaths({ tool, args, pathArgs = [] }: PolicyCall): readonly string[] {
  return Object.keys(args).flatMap((name) => {
    const texts = pathTexts(args[name]);
    if (pathArgs.includes(name)) return texts.map(withoutScheme);
    if (GLOB_ARGUMENTS.get(tool) === name) return texts.filter((text) => !/[*?[{]/.test(text));
    if (!PATH_ARGUMENTS.has(name)) return texts.filter((text) => text.startsWith("file:")).map(withoutScheme);
    // An address of something else is no path.
    return texts
      .filter((text) => !/^(?!file:)[a-z][a-z\d+.-]+:/i.test(text) && (name !== "url" || /^file:/i.test(text)))
      .map(withoutScheme);
  });
}

/** `file:///etc/x` is `/etc/x`. */
function withoutScheme(text: string): string {
  if (!/^file:/i.test(text)) return text;
  try {
    return fileURLToPath(text);
  } catch {
    return text.replace(/^file:\/*/i, "/");
  }
}

/** Within one call the working folder is looked up for every path. */
function remember(realpath: PathLookup["realpath"]): PathLookup["realpath"] {
  const found = new Map<string, string | undefined>();
  return (path) => {
    if (!found.has(path)) found.set(path, realpath(path));
    return found.get(path);
  };
}

function pathTexts(value: JsonValue | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap((item) => pathTexts(item));
  return value === undefined || value === null ? [] : [JSON.stringify(value)];
}

function readCommandPaths(
  { commands, directories, opaque }: ShellAnalysis,
  cwd: string,
  options: PathLookup,
): PathFacts {
  const uses = collectUses(commands);
  let unknown: FileAccess | undefined = opaque.length > 0 ? "both" : undefined;
  if (uses.length === 0) return { known: [], globs: [], unknown };
  const bases = readBases(directories, cwd, options.home);
  const known: ReachedFile[] = [];
  const globs: PathFacts["globs"][number][] = [];
  for (const { word, access } of uses) {
    const { type, text } = expandWord(word, cwd, options.home);
    if (type === "dynamic" || !(bases.isComplete || text.startsWith("/"))) unknown = joinAccess(unknown, access);
    if (type === "dynamic") continue;
    for (const base of text.startsWith("/") ? [cwd] : bases.paths) {
      if (type === "glob") globs.push({ access, forms: globForms(text, { ...options, cwd, base }) });
      else known.push({ access, forms: pathForms(text, { ...options, cwd: base }) });
    }
  }
  return { known, globs, unknown };
}

interface Use {
  readonly word: ShellWord;
  readonly access: FileAccess;
}

/** Each word once, with all that is done with it. */
function collectUses(commands: ShellAnalysis["commands"]): readonly Use[] {
  const uses = new Map<string, Use>();
  const add = (given: ShellWord, access: FileAccess): void => {
    for (const word of given.values ?? [given]) {
      const key = `${word.type} ${word.text}`;
      uses.set(key, { word, access: joinAccess(uses.get(key)?.access, access) });
    }
  };
  for (const { writes, reads } of commands) {
    for (const { target } of writes) add(target, "write");
    for (const word of reads) add(word, "read");
  }
  return [...uses.values()];
}

/** A name pattern in every form in which a rule may name its files; links are followed up to where it begins. */
function globForms(
  text: string,
  options: PathLookup & { readonly cwd: string; readonly base: string },
): readonly string[] {
  const { cwd, base, realpath } = options;
  const absolute = resolve(base, text);
  const start = absolute.lastIndexOf("/", absolute.search(/[*?[]/));
  const real = realpath(start <= 0 ? "/" : absolute.slice(0, start));
  const forms = [absolute];
  if (real !== undefined) forms.push(resolve(real, `.${absolute.slice(Math.max(0, start))}`));
  return [...new Set([text, ...forms.flatMap((form) => [form, relative(cwd, form)])])];
}

/** What the shell makes of `~`, `$HOME` and `$PWD` at the beginning of a word; the rest of the word must be plain. */
function expandWord(word: ShellWord, cwd: string, home: string): Pick<ShellWord, "type" | "text"> {
  const { type, text, isHome } = word;
  if (isHome === true && type !== "dynamic") {
    if (text === "~" || text.startsWith("~/")) return { type, text: home + text.slice(1) };
    // The home of somebody else, or a folder of the shell's own list.
    return { type: "dynamic", text };
  }
  const [start, name, rest = ""] = /^\$\{?(HOME|PWD)\}?(\/[\w./@%+,:=-]*)?$/.exec(text) ?? [];
  if (type !== "dynamic" || start === undefined) return { type, text };
  return { type: "literal", text: (name === "HOME" ? home : cwd) + rest };
}

/** Where relative paths may start: `cd` and `pushd` move on from wherever the command is. */
function readBases(
  directories: readonly ShellWord[],
  cwd: string,
  home: string,
): { readonly paths: readonly string[]; readonly isComplete: boolean } {
  const paths = [cwd];
  let isComplete = true;
  for (const directory of directories) {
    const { type, text } = expandWord(directory, cwd, home);
    if (type !== "literal" || paths.length > MAX_DIRECTORIES) {
      isComplete = false;
      continue;
    }
    paths.push(...paths.map((base) => resolve(base, text)));
  }
  return { paths: [...new Set(paths)], isComplete };
}
