import { HarnessError } from "../errors/index.ts";
import type { FileState, Tool, ToolContext, ToolOutput } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { kindOf } from "./file-kind.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";
import { showPath } from "./show-path.ts";
import { toolError } from "./tool-error.ts";
import type { ToolSession } from "./tool-session.ts";

const DESCRIPTION = `Writes a whole file, new or existing; missing directories are made.
- An existing file must have been read before, and not have changed since.
- To change a part of a file use Edit, which is shorter and safer.`;

/** Makes the tool that writes files. What the model has not seen in its present state is not overwritten. */
export function createWriteTool({ tracker }: ToolSession): Tool<BuiltinInput<"Write">> {
  return defineTool({
    name: "Write",
    description: DESCRIPTION,
    input: lazyInput("Write"),
    inputSchema: INPUT_SCHEMAS.Write,
    effect: "write",
    pathArgs: ["file_path"],
    // A write is over in a moment; left alone in between, nobody would know whether it happened.
    cancel: "never",
    async execute({ file_path: path, content }, { files }) {
      const before = await files.stat(path);
      if (before !== undefined && kindOf(before) === "directory") return toolError(`"${path}" is a directory`);
      const known = before === undefined ? null : tracker.seen(before.path);
      if (known === undefined) return toolError(`"${path}" exists and has not been read yet: read it first`);
      const state = await writeExpected({ path, content, expect: known }, files);
      if (state === undefined) return changedError(path);
      tracker.see(state);
      return describeWrite(showPath(state.path, files.cwd), content, known === null);
    },
  });
}

/** What to write, and the state that the file must be in. */
export interface ExpectedWrite {
  readonly path: string;
  readonly content: string;
  readonly expect: FileState | null;
}

/** Writes a file unless it changed; `undefined` when it did. */
export async function writeExpected(
  { path, content, expect }: ExpectedWrite,
  files: ToolContext["files"],
): Promise<FileState | undefined> {
  try {
    return await files.write(path, content, { expect });
  } catch (error) {
    if (HarnessError.isInstance(error) && error.code === "file_changed") return undefined;
    throw error;
  }
}

/** Tells the model that somebody else was at the file. */
export function changedError(path: string): ToolOutput {
  return toolError(`"${path}" was changed since it was read, so it was not written: read it again`);
}

function describeWrite(path: string, content: string, isNew: boolean): ToolOutput {
  const lines = content === "" ? 0 : content.split("\n").length - (content.endsWith("\n") ? 1 : 0);
  const bytes = Buffer.byteLength(content);
  return {
    content: `${isNew ? "Created" : "Wrote"} ${path} (${lines} lines, ${bytes} bytes)`,
    display: { path, isNew, lines, bytes },
  };
}
