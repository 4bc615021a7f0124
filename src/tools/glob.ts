import type { FileState, Files, Tool, ToolContext } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";
import { compilePathPattern } from "./path-pattern.ts";
import { findRoot } from "./search-root.ts";
import { showPath } from "./show-path.ts";
import { toolError } from "./tool-error.ts";
import { walkFiles, type WalkOutcome } from "./walk-files.ts";

const MAX_RESULTS = 200;
const MAX_STATS_AT_ONCE = 16;

const DESCRIPTION = `Finds files by a glob pattern, newest first, at most 200.
- "*.ts" finds files directly in the directory, "**/*.ts" at any depth; names that begin with a dot count.
- .git, node_modules, .venv and __pycache__ below the directory are left out; .gitignore has no say.
- To search in file contents use Grep.`;

/** Makes the tool that finds files by name. */
export function createGlobTool(): Tool<BuiltinInput<"Glob">> {
  return defineTool({
    name: "Glob",
    description: DESCRIPTION,
    input: lazyInput("Glob"),
    inputSchema: INPUT_SCHEMAS.Glob,
    effect: "read",
    durability: "readOnly",
    maxOutputBytes: 256 * 1024,
    pathArgs: ["path"],
    async execute({ pattern, path = "." }, { files, signal }) {
      const compiled = compilePathPattern(pattern);
      if (compiled.type === "problem") return toolError(compiled.problem);
      const root = await findRoot(path, files);
      if (root.type === "problem") return toolError(root.problem);
      if (root.type === "file") return toolError(`"${path}" is not a directory`);
      const found = await findFiles(root.path, { files, signal, matches: compiled.matches });
      return describeFound(found, files);
    },
  });
}

interface Search extends Pick<ToolContext, "files" | "signal"> {
  readonly matches: (relativePath: string) => boolean;
}

interface FoundFiles extends WalkOutcome {
  readonly states: readonly FileState[];
}

async function findFiles(root: string, { files, signal, matches }: Search): Promise<FoundFiles> {
  const paths: string[] = [];
  const walk = walkFiles(files, root, signal);
  let step = await walk.next();
  for (; step.done !== true; step = await walk.next()) {
    if (matches(step.value.relativePath)) paths.push(step.value.path);
  }
  const states: FileState[] = [];
  for (let start = 0; start < paths.length; start += MAX_STATS_AT_ONCE) {
    signal.throwIfAborted();
    const batch = paths.slice(start, start + MAX_STATS_AT_ONCE).map((path) => files.stat(path).catch(() => undefined));
    // Files that went away meanwhile are not there to be found.
    for (const state of await Promise.all(batch)) if (state !== undefined) states.push(state);
  }
  return { ...step.value, states };
}

function describeFound({ states, unreadable, isCut }: FoundFiles, { cwd }: Files): string {
  // Equal times keep the order of names.
  const newest = states.toSorted((left, right) => right.mtimeMs - left.mtimeMs).slice(0, MAX_RESULTS);
  const notes = [
    ...(states.length > MAX_RESULTS ? [`[the newest ${MAX_RESULTS} of ${states.length} files]`] : []),
    ...(isCut ? ["[the directory is too large: not all of it was searched]"] : []),
    ...(unreadable > 0 ? [`[${unreadable} directories could not be read]`] : []),
  ];
  const lines = newest.map(({ path }) => showPath(path, cwd));
  return [...(lines.length === 0 ? ["No files found"] : lines), ...notes].join("\n");
}
