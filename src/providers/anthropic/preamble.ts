import type { JsonObject, ModelRequest, ToolSpec } from "../../spec/index.ts";
import { asArray } from "../shared/index.ts";
import { stringify } from "./stringify.ts";

/** What stands between a request's settings and its history: its tools and its system prompt. */
export interface Preamble {
  readonly tools: readonly ToolSpec[];
  readonly system: string | undefined;
  readonly bytes: Buffer;
}

/** Options of `createPreambleWriter`. */
export interface PreambleWriterOptions {
  /** The JSON of a cache mark, as it stands at the end of a block; may be empty. */
  readonly mark: string;
  /** The host's fields of each request; its `tools` stand before the run's own. */
  readonly extraBody: JsonObject | undefined;
}

/** Gives the preamble of a request, given the one of the conversation's request before. */
export type PreambleWriter = (request: ModelRequest, before: Preamble | undefined) => Preamble;

/** Makes a writer of preambles: one is written again only for other tools or another system prompt. */
export function createPreambleWriter({ mark, extraBody }: PreambleWriterOptions): PreambleWriter {
  const extraTools = asArray(extraBody?.["tools"]);
  /** What one conversation has is mostly what all of them have. */
  let latest: Preamble | undefined;

  const write = ({ tools, system }: ModelRequest): Preamble => {
    const texts = extraTools.map((tool) => JSON.stringify(tool));
    for (const { name, description, inputSchema } of tools) {
      texts.push(stringify({ name, description, input_schema: inputSchema }));
    }
    const toolText = texts.length === 0 ? "" : `,"tools":[${addMark(texts.join(","), mark)}]`;
    return { tools, system, bytes: Buffer.from(`${toolText}${writeSystem(system, mark)},"messages":`) };
  };

  return (request, before) => {
    if (before !== undefined && isSame(before, request)) return before;
    if (latest === undefined || !isSame(latest, request)) latest = write(request);
    return latest;
  };
}

function isSame({ tools, system }: Preamble, request: ModelRequest): boolean {
  if (system !== request.system) return false;
  if (tools === request.tools) return true;
  return tools.length === request.tools.length && tools.every((tool, index) => isSameTool(tool, request.tools[index]));
}

function isSameTool({ name, description, inputSchema }: ToolSpec, other: ToolSpec | undefined): boolean {
  return name === other?.name && description === other.description && inputSchema === other.inputSchema;
}

function writeSystem(system: string | undefined, mark: string): string {
  if (system === undefined || system.trim() === "") return "";
  return `,"system":[${addMark(stringify({ type: "text", text: system }), mark)}]`;
}

/** The mark stands in the last block, so that everything before it stays the same bytes in each request. */
function addMark(blocks: string, mark: string): string {
  return `${blocks.slice(0, -1)}${mark}}`;
}
