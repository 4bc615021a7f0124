import type { Sandbox, Tool, ToolContext, ToolOutput } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";
import { cutText } from "./number-lines.ts";
import { compilePathPattern, type PathPattern } from "./path-pattern.ts";
import { readSearchable, searchFiles, searchText } from "./search-files.ts";
import { compileSearchPattern } from "./search-pattern.ts";
import { findRoot, type SearchRoot } from "./search-root.ts";
import type { LineSearch, SearchResult } from "./search-result.ts";
import { hasRipgrep, searchWithRipgrep } from "./search-ripgrep.ts";
import { showPath } from "./show-path.ts";
import { toolError } from "./tool-error.ts";

const DEFAULT_MAX_RESULTS = 50;
const MAX_LINE_LENGTH = 500;

const DESCRIPTION = `Searches file contents by a regular expression and returns lines as "path:line: text".
- RE2 syntax, line by line, case-sensitive ("(?i)" in front ignores case); \\d, \\w, \\s and \\b are ASCII; no lookaround or backreferences. Escape literal braces and parentheses.
- Narrow the search with path (file or directory) and glob ("*.ts", "src/**", "!*.test.ts").
- .git, node_modules, .venv and __pycache__ below the directory, binary files and files over 10 MB are left out; .gitignore has no say.`;

/**
 * Makes the tool that searches in files: by ripgrep where the sandbox has it, by itself otherwise. The results are the
 * same, but for bytes that are no UTF-8: there "." matches only in the built-in search.
 */
export function createGrepTool(): Tool<BuiltinInput<"Grep">> {
  const detections = new WeakMap<Sandbox, Promise<boolean>>();
  const detect = async (sandbox: Sandbox): Promise<boolean> => {
    const detection = detections.get(sandbox) ?? hasRipgrep(sandbox);
    detections.set(sandbox, detection);
    return await detection;
  };
  return defineTool({
    name: "Grep",
    description: DESCRIPTION,
    input: lazyInput("Grep"),
    inputSchema: INPUT_SCHEMAS.Grep,
    effect: "read",
    durability: "readOnly",
    timeoutMs: 60_000,
    maxOutputBytes: 2 * 1024 * 1024,
    pathArgs: ["path"],
    async execute(input, context) {
      const { pattern, path = ".", glob, max_results: maxResults = DEFAULT_MAX_RESULTS } = input;
      const compiled = await compileSearchPattern(pattern);
      if (compiled.type === "problem") return toolError(compiled.problem);
      const filter = compileFilter(glob);
      if (filter.type === "problem") return toolError(filter.problem);
      const root = await findRoot(path, context.files);
      if (root.type === "problem") return toolError(root.problem);
      const search: LineSearch = {
        root: root.path,
        matchesPath: filter.matches,
        matchesLine: compiled.matches,
        forRipgrep: compiled.forRipgrep,
        maxResults,
        signal: context.signal,
      };
      const result = await runSearch(search, root.type, { context, detect });
      return describeResult(result, search, context.files.cwd);
    },
  });
}

/** "!" in front leaves files out. */
function compileFilter(glob: string | undefined): PathPattern {
  if (glob === undefined) return { type: "pattern", matches: () => true };
  if (!glob.startsWith("!")) return compilePathPattern(glob, { isForNames: true });
  const compiled = compilePathPattern(glob.slice(1), { isForNames: true });
  if (compiled.type === "problem") return compiled;
  return { type: "pattern", matches: (path) => !compiled.matches(path) };
}

interface SearchMeans {
  readonly context: ToolContext;
  readonly detect: (sandbox: Sandbox) => Promise<boolean>;
}

async function runSearch(
  search: LineSearch,
  type: Exclude<SearchRoot["type"], "problem">,
  { context, detect }: SearchMeans,
): Promise<SearchResult> {
  const { files, sandbox } = context;
  // ripgrep treats a file that is named differently from one that it finds.
  if (type === "file") return await searchOneFile(search, context);
  const found = (await detect(sandbox)) ? await searchWithRipgrep(search, sandbox) : undefined;
  return found ?? (await searchFiles(search, files));
}

async function searchOneFile(search: LineSearch, { files, signal }: ToolContext): Promise<SearchResult> {
  const content = await readSearchable(search.root, files, signal);
  switch (content.type) {
    case "text": {
      const lines = await searchText(content.text, search);
      return { type: "found", lines: lines.map((line) => ({ relativePath: "", ...line })), isPartial: false };
    }
    case "binary":
      return { type: "problem", problem: "It is a binary file" };
    case "too-large":
      return { type: "problem", problem: "The file is larger than 10 MB: use Bash with grep" };
    case "unreadable":
      return { type: "problem", problem: "The file could not be read" };
    default:
      return content satisfies never;
  }
}

function describeResult(result: SearchResult, { root, maxResults }: LineSearch, cwd: string): ToolOutput {
  if (result.type === "problem") return toolError(result.problem);
  const shown = result.lines.slice(0, maxResults).map(({ relativePath, line, text }) => {
    const path = showPath(relativePath === "" ? root : `${root}/${relativePath}`, cwd);
    return `${path}:${line}: ${text.length > MAX_LINE_LENGTH ? `${cutText(text, MAX_LINE_LENGTH)}… [truncated]` : text}`;
  });
  const notes = [
    ...(result.lines.length > maxResults
      ? [`[the first ${maxResults} matches; there are more: narrow the search or raise max_results]`]
      : []),
    ...(result.isPartial ? ["[some files could not be read]"] : []),
  ];
  return [...(shown.length === 0 ? ["No matches found"] : shown), ...notes].join("\n");
}
