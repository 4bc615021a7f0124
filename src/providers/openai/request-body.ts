import type { ModelMessage, ToolSpec } from "../../spec/index.ts";

/** Writes the JSON of requests; what was written once is not written again. */
export interface BodyWriter {
  /** The bytes of a whole request. */
  write(content: BodyContent): Buffer;
}

/** What a request is made of. */
export interface BodyContent {
  /** Everything but the tools and the history; at least one key. */
  readonly settings: object;
  readonly tools: readonly ToolSpec[];
  /** Stands before the history: the system message of Chat Completions. */
  readonly first?: object | undefined;
  readonly history: readonly ModelMessage[];
}

/** How a writer makes its parts. */
export interface BodyWriterOptions {
  /** The key of the history: "messages" or "input". */
  readonly historyKey: string;
  /** The wire form of one entry; may be none or several. Must depend on the entry alone, since it is cached by identity. */
  readonly toWire: (message: ModelMessage) => readonly object[];
  readonly toolToWire: (tool: ToolSpec) => object;
  /** Stands between a tool message and a user message, for vendors that refuse this order. */
  readonly bridge?: object;
}

/**
 * Makes a writer that keeps each history entry's bytes for as long as the entry lives, so that a long conversation costs
 * a copy of bytes per turn and no serialisation.
 */
export function createBodyWriter(options: BodyWriterOptions): BodyWriter {
  const { historyKey, toWire, toolToWire, bridge } = options;
  const entries = new WeakMap<ModelMessage, Buffer>();
  const tools = new WeakMap<ToolSpec, string>();
  const bridgeBytes = bridge === undefined ? undefined : Buffer.from(JSON.stringify(bridge));

  const writeEntry = (message: ModelMessage): Buffer => {
    const known = entries.get(message);
    if (known !== undefined) return known;
    const bytes = Buffer.from(
      toWire(message)
        .map((item) => JSON.stringify(item))
        .join(","),
    );
    entries.set(message, bytes);
    return bytes;
  };
  const writeTool = (tool: ToolSpec): string => {
    const known = tools.get(tool);
    if (known !== undefined) return known;
    const text = JSON.stringify(toolToWire(tool));
    tools.set(tool, text);
    return text;
  };

  return {
    write({ settings, tools: offered, first, history }) {
      const head = JSON.stringify(settings).slice(0, -1);
      const toolText = offered.length === 0 ? "" : `,"tools":[${offered.map(writeTool).join(",")}]`;
      const firstText = first === undefined ? "" : JSON.stringify(first);
      const pieces: Buffer[] = [Buffer.from(`${head}${toolText},"${historyKey}":[${firstText}`)];
      let isFirst = first === undefined;
      let lastRole: ModelMessage["role"] | undefined;
      for (const message of history) {
        const bytes = writeEntry(message);
        if (bytes.length === 0) continue;
        if (!isFirst) pieces.push(COMMA);
        if (bridgeBytes !== undefined && lastRole === "tool" && message.role === "user") {
          pieces.push(bridgeBytes, COMMA);
        }
        pieces.push(bytes);
        isFirst = false;
        lastRole = message.role;
      }
      pieces.push(END);
      return Buffer.concat(pieces);
    },
  };
}

const COMMA = Buffer.from(",");
const END = Buffer.from("]}");
