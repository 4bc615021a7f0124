import type { ModelMessage, ToolCallPart, ToolMessage, ToolSpec } from "../../spec/index.ts";
import { stringify } from "../shared/index.ts";

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
  /** Stands for the result of a call that the history goes on without: the vendors refuse such a call. */
  readonly toMissingResult: (call: ToolCallPart) => object;
}

/** An entry of the history, written. */
interface WrittenEntry {
  readonly bytes: Buffer;
  /** What the next entry must answer. */
  readonly calls: readonly ToolCallPart[];
}

/**
 * Makes a writer that keeps each history entry's bytes for as long as the entry lives, so that a long conversation costs
 * a copy of bytes per turn and no serialisation.
 */
export function createBodyWriter(options: BodyWriterOptions): BodyWriter {
  const { historyKey, toWire, toolToWire, bridge, toMissingResult } = options;
  const entries = new WeakMap<ModelMessage, WrittenEntry>();
  const tools = new WeakMap<ToolSpec, string>();
  const bridgeBytes = bridge === undefined ? undefined : Buffer.from(JSON.stringify(bridge));

  const writeEntry = (message: ModelMessage): WrittenEntry => {
    const known = entries.get(message);
    if (known !== undefined) return known;
    const written = { bytes: writeItems(toWire(message)), calls: callsOf(message) };
    entries.set(message, written);
    return written;
  };
  const writeTool = (tool: ToolSpec): string => {
    const known = tools.get(tool);
    if (known !== undefined) return known;
    const text = stringify(toolToWire(tool));
    tools.set(tool, text);
    return text;
  };

  return {
    write({ settings, tools: offered, first, history }) {
      const head = stringify(settings).slice(0, -1);
      const toolText = offered.length === 0 ? "" : `,"tools":[${offered.map(writeTool).join(",")}]`;
      const firstText = first === undefined ? "" : stringify(first);
      const pieces: Buffer[] = [Buffer.from(`${head}${toolText},"${historyKey}":[${firstText}`)];
      let isFirst = first === undefined;
      let lastRole: ModelMessage["role"] | undefined;
      let waiting: readonly ToolCallPart[] = [];
      const add = (bytes: Buffer, role: ModelMessage["role"]): void => {
        if (bytes.length === 0) return;
        if (!isFirst) pieces.push(COMMA);
        if (bridgeBytes !== undefined && lastRole === "tool" && role === "user") pieces.push(bridgeBytes, COMMA);
        pieces.push(bytes);
        isFirst = false;
        lastRole = role;
      };
      for (const message of history) {
        if (waiting.length > 0) add(writeItems(findMissing(waiting, message).map(toMissingResult)), "tool");
        const { bytes, calls } = writeEntry(message);
        add(bytes, message.role);
        waiting = calls;
      }
      pieces.push(END);
      return Buffer.concat(pieces);
    },
  };
}

function writeItems(items: readonly object[]): Buffer {
  return Buffer.from(items.map(stringify).join(","));
}

const NONE: readonly ToolCallPart[] = [];

function callsOf(message: ModelMessage): readonly ToolCallPart[] {
  return message.role === "assistant" ? message.content.filter((part) => part.type === "tool-call") : NONE;
}

/** The calls that a message does not answer. */
function findMissing(calls: readonly ToolCallPart[], message: ModelMessage): readonly ToolCallPart[] {
  if (message.role !== "tool") return calls;
  return calls.every((call, place) => message.content[place]?.toolCallId === call.id)
    ? NONE
    : calls.filter((call) => !hasResult(message, call));
}

function hasResult({ content }: ToolMessage, { id }: ToolCallPart): boolean {
  return content.some(({ toolCallId }) => toolCallId === id);
}

const COMMA = Buffer.from(",");
const END = Buffer.from("]}");
