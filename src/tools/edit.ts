import type { FileContent, Tool, ToolContext, ToolOutput } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";
import { describeBinary } from "./media-type.ts";
import { cutText, numberLines } from "./number-lines.ts";
import { replaceText, type ReplacedText } from "./replace-text.ts";
import { showPath } from "./show-path.ts";
import { toolError } from "./tool-error.ts";
import type { ToolSession } from "./tool-session.ts";
import { changedError, writeExpected } from "./write.ts";

const MAX_BYTES = 10 * 1024 * 1024;
const CONTEXT_LINES = 3;
const MAX_SNIPPET_LINES = 40;
const MAX_SNIPPET_LINE_LENGTH = 300;

const DESCRIPTION = `Replaces text in a file.
- old_string must be in the file exactly once, with its indentation and without the line numbers that Read shows; add surrounding lines to make it unique, or set replace_all.
- Line breaks (LF or CRLF), the byte order mark and the file's mode are kept.
- The file must not have changed since you read it.`;

/** Makes the tool that changes parts of files. */
export function createEditTool({ tracker }: ToolSession): Tool<BuiltinInput<"Edit">> {
  return defineTool({
    name: "Edit",
    description: DESCRIPTION,
    input: lazyInput("Edit"),
    inputSchema: INPUT_SCHEMAS.Edit,
    effect: "write",
    pathArgs: ["file_path"],
    cancel: "never",
    async execute(input, { files, signal }) {
      const { file_path: path, old_string: oldText, new_string: newText, replace_all: isForAll = false } = input;
      // The schema says so too; a host may call the tool past it, and this would put the text between all characters.
      if (oldText === "") return toolError("old_string is empty: use Write to make or replace a whole file");
      if (oldText === newText) return toolError("old_string and new_string are the same: nothing to change");
      const content = await files.read(path, { maxBytes: MAX_BYTES, signal });
      if (tracker.hasChanged(content.state)) return changedError(path);
      const text = decodeFile(content);
      if (text === undefined) return toolError(`"${path}" cannot be edited: ${describeProblem(content)}`);

      const replaced = replaceText(text, { oldText, newText, isForAll });
      if (replaced.type !== "replaced") return describeMiss(replaced, path);
      return await writeReplaced(path, { replaced, content, newText }, { files, tracker });
    },
  });
}

interface Replacing {
  readonly replaced: ReplacedText & { readonly type: "replaced" };
  readonly content: FileContent;
  readonly newText: string;
}

async function writeReplaced(
  path: string,
  { replaced, content, newText }: Replacing,
  { files, tracker }: Pick<ToolContext, "files"> & Pick<ToolSession, "tracker">,
): Promise<ToolOutput> {
  const state = await writeExpected({ path, content: replaced.text, expect: content.state }, files);
  if (state === undefined) return changedError(path);
  tracker.see(state);
  const shown = showPath(state.path, files.cwd);
  const times = replaced.count === 1 ? "1 occurrence" : `${replaced.count} occurrences`;
  return {
    content: `Replaced ${times} in ${shown}:\n${makeSnippet(replaced, newText)}`,
    display: { path: shown, replacements: replaced.count },
  };
}

/** The text of a whole file with its byte order mark; `undefined` when it is too large or no UTF-8. */
function decodeFile({ bytes, isTruncated }: FileContent): string | undefined {
  if (isTruncated || describeBinary(bytes) !== undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function describeProblem({ bytes, isTruncated, state }: FileContent): string {
  if (isTruncated) return `it has ${state.size} bytes, and ${MAX_BYTES} is the limit; use Bash with sed or a script`;
  return `it ${describeBinary(bytes) ?? "is not UTF-8 text"}`;
}

function describeMiss(miss: Exclude<ReplacedText, { readonly type: "replaced" }>, path: string): ToolOutput {
  switch (miss.type) {
    case "not-found":
      return toolError(
        `old_string was not found in "${path}": read the file and copy the text exactly, indentation included`,
      );
    case "ambiguous":
      return toolError(
        `old_string is ${miss.count} times in "${path}": add surrounding lines to make it unique, or set replace_all`,
      );
    default:
      return miss satisfies never;
  }
}

/** The lines around the first change, as Read would show them. */
function makeSnippet({ text, at }: Replacing["replaced"], newText: string): string {
  const before = text.slice(0, at).split("\n").length;
  const first = Math.max(1, before - CONTEXT_LINES);
  const wanted = Math.min(before - first + newText.split("\n").length + CONTEXT_LINES, MAX_SNIPPET_LINES);
  const lines = text.split("\n").slice(first - 1, first - 1 + wanted);
  return numberLines(
    lines.map((line) => cutText(line.replace(/\r$/u, ""), MAX_SNIPPET_LINE_LENGTH)),
    first,
  );
}
