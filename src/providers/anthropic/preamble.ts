import type { JsonObject, ToolSpec } from "../../spec/index.ts";
import { asArray, stringify, toObjectSchema } from "../shared/index.ts";

/** What stands before a request's history: its settings, its tools and its system prompt. */
export interface Preamble extends PreambleParts {
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
export type PreambleWriter = (parts: PreambleParts, before: Preamble | undefined) => Preamble;

/** What a preamble is made of. */
export interface PreambleParts {
  /** The JSON of an object. */
  readonly settings: string;
  readonly tools: readonly ToolSpec[];
  readonly system: string | undefined;
}

/** Makes a writer of preambles: one is written again only where something of it is another. */
export function createPreambleWriter({ mark, extraBody }: PreambleWriterOptions): PreambleWriter {
  const extraTools = asArray(extraBody?.["tools"]);
  /** What one conversation has is mostly what all of them have. */
  let latest: Preamble | undefined;

  const write = ({ settings, tools, system }: PreambleParts): Preamble => {
    const texts = extraTools.map((tool) => JSON.stringify(tool));
    for (const { name, description, inputSchema } of tools) {
      texts.push(stringify({ name, description, input_schema: toObjectSchema(inputSchema) }));
    }
    const toolText = texts.length === 0 ? "" : `,"tools":[${addMark(texts.join(","), mark)}]`;
    const text = `${settings.slice(0, -1)}${toolText}${writeSystem(system, mark)},"messages":`;
    return { settings, tools, system, bytes: Buffer.from(text) };
  };

  return (parts, before) => {
    if (before !== undefined && isSame(before, parts)) return before;
    if (latest === undefined || !isSame(latest, parts)) latest = write(parts);
    return latest;
  };
}

function isSame({ settings, tools, system }: Preamble, parts: PreambleParts): boolean {
  if (settings !== parts.settings || system !== parts.system) return false;
  if (tools === parts.tools) return true;
  return tools.length === parts.tools.length && tools.every((tool, index) => isSameTool(tool, parts.tools[index]));
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
