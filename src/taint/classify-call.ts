import { pathForms } from "../paths/index.ts";
import { analyseCommand, commandOf, matchGlob, type ShellAnalysis, type ShellWord } from "../shell/index.ts";
import type { JsonObject, LabelSource, PreparedCall, Tool } from "../spec/index.ts";
import { DEFAULT_PRIVATE_PATHS } from "./private-paths.ts";

/** How a call is classified. */
export interface ClassifyOptions {
  /** @default process.cwd() */
  readonly cwd?: string;
  /** What `~` stands for. @default the user's home */
  readonly home?: string;
  /** Files whose content must not get out, besides `DEFAULT_PRIVATE_PATHS`. Globs; `*` is any text. */
  readonly privatePaths?: readonly string[];
  /** Tools (globs) whose results are trusted though they come from outside. */
  readonly trustedTools?: readonly string[];
}

/** What came in, before it is known into which context. */
export type FoundSource = Omit<LabelSource, "agent" | "toolUseId">;

/** Programs whose output comes from other machines. */
const FETCHERS = new Set(
  "curl wget aria2c http https xh lynx w3m links elinks ssh scp sftp rsync rclone nc ncat netcat socat telnet ftp gh glab hub aws gcloud az kubectl psql mysql redis-cli mongosh dig nslookup host whois".split(
    " ",
  ),
);
/** What git brings from other machines. */
const GIT_FETCHES = new Set(["clone", "fetch", "pull", "ls-remote", "submodule", "archive"]);
/** Arguments that name files, whatever a tool declares. */
const PATH_ARGS = ["file_path", "path", "notebook_path"] as const;
const MAX_ORIGIN = 200;

/**
 * What the result of a call brings into the context: content from outside (a tool that says so, the network, MCP, a
 * command that fetches or cannot be known), and private data (a tool that declares it, a file or an environment that is
 * read). By the call alone, not by its output: what an output looks like is for whoever wrote it to choose.
 */
export function classifyCall({ tool, args }: PreparedCall, options: ClassifyOptions = {}): readonly FoundSource[] {
  const { trustedTools = [] } = options;
  const command = commandOf(args);
  const analysis = command === undefined ? undefined : analyseCommand(command);
  const isTrusted = trustedTools.some((glob) => matchGlob(glob, tool.name));
  const found: FoundSource[] = [];
  if (!isTrusted) {
    const origin = outsideOrigin(tool, args, analysis);
    if (origin !== undefined) found.push({ kind: "untrusted", tool: tool.name, ...origin });
  }
  const { dataLabels } = tool;
  const read = privateFile(tool, args, { analysis, options });
  if (read !== undefined || (dataLabels !== undefined && dataLabels.length > 0)) {
    const data = dataLabels === undefined || dataLabels.length === 0 ? {} : { dataLabels };
    found.push({ kind: "private", tool: tool.name, ...(read === undefined ? {} : { origin: cut(read) }), ...data });
  }
  return found;
}

/** Programs that print the environment, which holds secrets; with arguments most of them do something else. */
function printsEnvironment(program: string, args: readonly ShellWord[]): boolean {
  if (program === "printenv") return true;
  if (program === "env" || program === "set") return args.every(({ text }) => text === "-0" || text === "--null");
  return (program === "export" || program === "declare") && args.every(({ text }) => /^-[px]*$/.test(text));
}

function outsideOrigin(
  tool: Tool,
  args: JsonObject,
  analysis: ShellAnalysis | undefined,
): { readonly origin?: string } | undefined {
  const { name, effect, isUntrusted } = tool;
  // A host that says "trusted" of its own network tool is believed; nothing said means the worse.
  const isOutside = isUntrusted ?? (effect === "network" || name.startsWith("mcp__"));
  if (isOutside) {
    const url = Object.hasOwn(args, "url") ? args["url"] : undefined;
    return typeof url === "string" ? { origin: cut(url) } : {};
  }
  if (effect !== "execute" || analysis === undefined) return undefined;
  const { commands, opaque, source } = analysis;
  const fetches = commands.some(
    ({ program, words }) =>
      program !== undefined &&
      (FETCHERS.has(program) || (program === "git" && words.some(({ text }) => GIT_FETCHES.has(text)))),
  );
  return fetches || opaque.length > 0 ? { origin: cut(source) } : undefined;
}

function privateFile(
  tool: Tool,
  args: JsonObject,
  { analysis, options }: { readonly analysis: ShellAnalysis | undefined; readonly options: ClassifyOptions },
): string | undefined {
  const isPrivate = (path: string): boolean => {
    const { cwd = process.cwd(), home, privatePaths = [] } = options;
    const globs = [...DEFAULT_PRIVATE_PATHS, ...privatePaths];
    const { names } = pathForms(path, home === undefined ? { cwd } : { cwd, home });
    return names.some((name) => globs.some((glob) => matchGlob(glob.toLowerCase(), rooted(name).toLowerCase())));
  };
  if (tool.effect === "write") return undefined;
  for (const name of tool.pathArgs === undefined ? PATH_ARGS : [...PATH_ARGS, ...tool.pathArgs]) {
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    if (value === undefined) continue;
    for (const path of Array.isArray(value) ? value : [value]) {
      if (typeof path === "string" && isPrivate(path)) return path;
    }
  }
  for (const { program, words } of analysis?.commands ?? []) {
    if (program !== undefined && printsEnvironment(program, words.slice(1))) return program;
    const word = words.slice(1).find(({ text }) => text !== "" && !text.startsWith("-") && isPrivate(text));
    if (word !== undefined) return word.text;
  }
  return undefined;
}

/** Globs that begin with a folder also mean a file that was named without one. */
function rooted(name: string): string {
  return name.includes("/") ? name : `./${name}`;
}

function cut(text: string): string {
  return text.length <= MAX_ORIGIN ? text : `${text.slice(0, MAX_ORIGIN)}…`;
}
