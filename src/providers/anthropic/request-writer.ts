import type { ModelMessage, ModelRequest, ToolSpec } from "../../spec/index.ts";
import { asArray } from "../shared/index.ts";
import { HistoryWriter } from "./history-writer.ts";
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
    const [first] = messages;
    const known = first === undefined ? undefined : conversations.get(first);
    if (known?.extend(messages) === true) return known;
    const history = new HistoryWriter(options.model);
    if (first !== undefined) conversations.set(first, history);
    history.extend(messages);
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

  let latest: Preamble | undefined;
  const writePreamble = ({ tools, system }: ModelRequest): Buffer => {
    if (latest?.tools === tools && latest.system === system) return latest.bytes;
    const bytes = Buffer.from(`${writeTools(tools)}${writeSystem(system, mark)},"messages":`);
    latest = { tools, system, bytes };
    return bytes;
  };

  return {
    prepare: (request) => outputConfig.prepare(request),
    write(request) {
      const settings = stringify(toSettings(request, options, outputConfig.read(request)));
      return [
        Buffer.from(settings.slice(0, -1)),
        writePreamble(request),
        ...findHistory(request.messages).pieces(markBytes),
        END,
      ];
    },
  };
}

/** What stands between a request's settings and its history; mostly the same as in the request before. */
interface Preamble {
  readonly tools: readonly ToolSpec[];
  readonly system: string | undefined;
  readonly bytes: Buffer;
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
