import type { ModelMessage, ModelRequest, ToolSpec } from "../../spec/index.ts";
import { asArray } from "../shared/index.ts";
import { createHistoryWriter, type HistoryWriter } from "./history-writer.ts";
import type { AnthropicOptions } from "./options.ts";
import { createOutputConfig } from "./output-config.ts";
import { toSettings } from "./request-settings.ts";
import { stringify } from "./stringify.ts";

/** Writes the bodies of requests. */
export interface RequestWriter {
  /** Loads what a request needs; `undefined` when everything is there. */
  prepare(request: ModelRequest): Promise<void> | undefined;
  /** The JSON of a request, in pieces that never change. Throws a `ProviderError` for content that the API does not take. */
  write(request: ModelRequest): readonly Uint8Array[];
}

/**
 * Makes a writer that remembers the wire form of each conversation for as long as its first message lives: a turn costs
 * the writing of what is new.
 */
export function createRequestWriter(options: AnthropicOptions): RequestWriter {
  const conversations = new WeakMap<ModelMessage, HistoryWriter>();
  const toolTexts = new WeakMap<ToolSpec, string>();
  const outputConfig = createOutputConfig();
  const mark = toMark(options.promptCache ?? "5m");
  const markBytes = mark === "" ? undefined : Buffer.from(mark);

  const findHistory = (messages: readonly ModelMessage[]): HistoryWriter => {
    const first = messages[0];
    const known = first === undefined ? undefined : conversations.get(first);
    // Taken out while it grows: content that is refused leaves it half done.
    if (first !== undefined) conversations.delete(first);
    let history = known ?? createHistoryWriter(options.model);
    if (!history.extend(messages)) {
      history = createHistoryWriter(options.model);
      history.extend(messages);
    }
    if (first !== undefined) conversations.set(first, history);
    return history;
  };

  const writeTool = (tool: ToolSpec): string => {
    const known = toolTexts.get(tool);
    if (known !== undefined) return known;
    const { name, description, inputSchema } = tool;
    const text = stringify({ name, description, input_schema: inputSchema });
    toolTexts.set(tool, text);
    return text;
  };

  const writeTools = (tools: readonly ToolSpec[]): string => {
    const texts = asArray(options.extraBody?.["tools"]).map((tool) => JSON.stringify(tool));
    texts.push(...tools.map(writeTool));
    return texts.length === 0 ? "" : `,"tools":[${addMark(texts.join(","), mark)}]`;
  };

  return {
    prepare: (request) => outputConfig.prepare(request),
    write(request) {
      const settings = { ...toSettings(request, options), ...outputConfig.read(request) };
      const head = stringify({ ...settings, tools: undefined }).slice(0, -1);
      const system = writeSystem(request.system, mark);
      const start = `${head}${writeTools(request.tools)}${system},"messages":`;
      return [Buffer.from(start), ...findHistory(request.messages).pieces(markBytes), END];
    },
  };
}

const END = Buffer.from("}");

function writeSystem(system: string | undefined, mark: string): string {
  if (system === undefined || system.trim() === "") return "";
  return `,"system":[${addMark(stringify({ type: "text", text: system }), mark)}]`;
}

/** The mark stands in the last block, so that everything before it stays the same bytes in each request. */
function addMark(blocks: string, mark: string): string {
  return `${blocks.slice(0, -1)}${mark}}`;
}

function toMark(promptCache: "5m" | "1h" | "off"): string {
  if (promptCache === "off") return "";
  const control = promptCache === "1h" ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" };
  return `,"cache_control":${JSON.stringify(control)}`;
}
