import { basename, dirname } from "node:path";

import { HarnessError, suggestName } from "../errors/index.ts";
import type { ContentPart, FileContent, FileState, Files, Tool, ToolContext, ToolOutput } from "../spec/index.ts";
import { defineTool } from "./define-tool.ts";
import { INPUT_SCHEMAS } from "./input-schemas.generated.ts";
import type { BuiltinInput } from "./inputs.ts";
import { lazyInput } from "./lazy-input.ts";
import { openLineWindow, type LineWindow } from "./line-window.ts";
import { describeBinary, detectMediaType, type MediaType } from "./media-type.ts";
import { toolError } from "./tool-error.ts";
import type { ToolSession } from "./tool-session.ts";

const MAX_LINES = 2000;
const MAX_LENGTH = 256 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** How far remaining lines are counted behind what was asked for. */
const MAX_COUNTED_BYTES = 16 * CHUNK_BYTES;
const MAX_IMAGE_BYTES = 5 * 1024 * 1024;
const MAX_PDF_BYTES = 10 * 1024 * 1024;

const DESCRIPTION = `Reads a file.
- Text comes with line numbers ("     1\\ttext"), up to 2000 lines at a time; lines longer than 2000 characters are cut. For a long file give offset and limit.
- PNG, JPEG, GIF and WebP images and PDF files are shown to you as such.
- A file must be read before Write may replace it. Read several files in one turn where you can.`;

/** Makes the tool that reads files, and remembers in which state the model saw them. */
export function createReadTool({ tracker }: ToolSession): Tool<BuiltinInput<"Read">> {
  return defineTool({
    name: "Read",
    description: DESCRIPTION,
    input: lazyInput("Read"),
    inputSchema: INPUT_SCHEMAS.Read,
    effect: "read",
    durability: "readOnly",
    maxOutputBytes: 4 * MAX_LENGTH,
    isReadWhole: true,
    pathArgs: ["file_path"],
    async execute({ file_path: path, offset = 1, limit = MAX_LINES }, context) {
      const first = await readFirst(path, context);
      const media = detectMediaType(first.bytes);
      if (media !== undefined) return await readMedia(path, media, context);
      const problem = describeBinary(first.bytes);
      if (problem !== undefined) return toolError(`"${path}" ${problem}`);

      const window = openLineWindow({ offset, limit: Math.min(limit, MAX_LINES), maxLength: MAX_LENGTH });
      try {
        const isWhole = await readLines(path, { first, window }, context);
        tracker.see(first.state);
        return window.text() + describeRest(window, isWhole);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        return toolError(`"${path}" is not UTF-8 text: it is binary or has another encoding`);
      }
    },
  });
}

async function readFirst(path: string, { files, signal }: ToolContext): Promise<FileContent> {
  try {
    return await files.read(path, { maxBytes: CHUNK_BYTES, signal });
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
    throw new HarnessError(error.message + (await suggestFile(path, files)), { code: "tool_failed", cause: error });
  }
}

async function suggestFile(path: string, files: Files): Promise<string> {
  try {
    const entries = await files.list(dirname(path));
    return suggestName(
      basename(path),
      entries.map(({ name }) => name),
    );
  } catch {
    return "";
  }
}

interface LineReading {
  readonly first: FileContent;
  readonly window: LineWindow;
}

/** Feeds the window, a piece at a time: only the wanted lines are ever in memory. Tells whether the end was reached. */
async function readLines(
  path: string,
  { first, window }: LineReading,
  { files, signal }: ToolContext,
): Promise<boolean> {
  let content = first;
  let position = 0;
  let counted = 0;
  for (;;) {
    window.push(content.bytes);
    position += content.bytes.length;
    if (!content.isTruncated) break;
    if (window.isFull && (counted += content.bytes.length) > MAX_COUNTED_BYTES) return false;
    content = await files.read(path, { offset: position, maxBytes: CHUNK_BYTES, signal });
    if (isOther(content.state, first.state)) {
      throw new HarnessError(`"${path}" was changed while it was read: read it again`, { code: "file_changed" });
    }
  }
  window.end();
  return true;
}

function isOther(state: FileState, before: FileState): boolean {
  return state.ino !== before.ino || state.mtimeMs !== before.mtimeMs;
}

function describeRest({ lineCount, nextOffset }: LineWindow, isWhole: boolean): string {
  const rest = lineCount - nextOffset + 1;
  if (rest <= 0) return "";
  return `\n\n[${isWhole ? "" : "at least "}${rest} more lines; read on with offset ${nextOffset}]`;
}

async function readMedia(path: string, mediaType: MediaType, { files, signal }: ToolContext): Promise<ToolOutput> {
  const isImage = mediaType !== "application/pdf";
  const maxBytes = isImage ? MAX_IMAGE_BYTES : MAX_PDF_BYTES;
  const { bytes, isTruncated, state } = await files.read(path, { maxBytes, signal });
  if (isTruncated) {
    return toolError(`"${path}" (${mediaType}) has ${state.size} bytes; ${maxBytes} is the most that can be shown`);
  }
  const data = Buffer.from(bytes).toString("base64");
  const part: ContentPart = isImage
    ? { type: "image", data, mediaType }
    : { type: "file", data, mediaType, filename: basename(path) };
  return { content: [{ type: "text", text: `${path} (${mediaType}, ${bytes.length} bytes)` }, part] };
}
