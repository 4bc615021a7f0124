import type { ModelMessage } from "../../spec/index.ts";
import { missingResult, toBlocks } from "./to-blocks.ts";
import { createToolCallIds } from "./tool-call-ids.ts";
import { stringify } from "./stringify.ts";

/** The wire form of a history that only grows: each entry is written once, its bytes never change. */
export interface HistoryWriter {
  /** Takes a history over. `false` when it is not a continuation of the one before: start another writer. */
  extend(messages: readonly ModelMessage[]): boolean;
  /** The pieces of the JSON array `messages`, with cache marks put between the frozen bytes. */
  pieces(mark: Buffer | undefined): readonly Buffer[];
}

/** A stretch of the bytes that came from one entry. */
interface Entry {
  readonly role: "user" | "assistant";
  /** Where its last block ends: a mark stands one byte before, inside of the block's brace. */
  readonly end: number;
  /** The API takes no mark on reasoning. */
  readonly isMarkable: boolean;
}

/** Starts the wire form of a history for requests to a model. */
export function createHistoryWriter(modelId: string): HistoryWriter {
  const ids = createToolCallIds();
  const known: ModelMessage[] = [];
  const entries: Entry[] = [];
  /** Calls of the latest answer that have no result yet, as the API knows them. */
  const waiting = new Set<string>();
  let bytes: Buffer = Buffer.allocUnsafe(4096);
  let length = 0;

  const write = (text: string): void => {
    const size = Buffer.byteLength(text);
    if (length + size > bytes.length) {
      // Views of the old buffer that are still being sent stay as they are.
      const grown = Buffer.allocUnsafe(Math.max(bytes.length * 2, length + size));
      bytes.copy(grown, 0, 0, length);
      bytes = grown;
    }
    length += bytes.write(text, length);
  };

  const append = (role: Entry["role"], blocks: readonly object[]): void => {
    if (blocks.length === 0) return;
    // Entries of one role in a row become one message.
    write(toOpening(entries.at(-1)?.role, role) + blocks.map(stringify).join(","));
    entries.push({ role, end: length, isMarkable: isMarkable(blocks.at(-1)) });
  };

  const add = (message: ModelMessage): void => {
    // May throw for content that the API does not take; nothing is written then.
    const blocks = toBlocks(message, { modelId, ids });
    if (message.role !== "tool") append("user", takeMissing(waiting));
    append(message.role === "assistant" ? "assistant" : "user", blocks);
    for (const block of blocks) {
      if (isCall(block)) waiting.add(block.id);
      if (isResult(block)) waiting.delete(block.tool_use_id);
    }
  };

  return {
    extend(messages) {
      // By index: all of a long history is looked at in each turn.
      for (let index = 0; index < known.length; index += 1) if (messages[index] !== known[index]) return false;
      for (const message of messages.slice(known.length)) {
        add(message);
        known.push(message);
      }
      return true;
    },
    pieces(mark) {
      const pieces: Buffer[] = [];
      let start = 0;
      for (const end of mark === undefined ? [] : findMarks(entries)) {
        pieces.push(bytes.subarray(start, end - 1), mark ?? EMPTY);
        start = end - 1;
      }
      pieces.push(bytes.subarray(start, length));
      pieces.push(Buffer.from(toEnd(entries.at(-1)?.role, waiting)));
      return pieces;
    },
  };
}

const EMPTY = Buffer.alloc(0);

function toOpening(before: Entry["role"] | undefined, role: Entry["role"]): string {
  if (before === role) return ",";
  return `${before === undefined ? "[" : "]},"}{"role":"${role}","content":[`;
}

/** Closes the array; calls that nobody answered yet are answered here, since the history itself may still do it. */
function toEnd(last: Entry["role"] | undefined, waiting: ReadonlySet<string>): string {
  if (last === undefined) return "[]";
  if (waiting.size === 0) return "]}]";
  const results = [...waiting].map((id) => stringify(missingResult(id)));
  return `${toOpening(last, "user")}${results.join(",")}]}]`;
}

function takeMissing(waiting: Set<string>): readonly object[] {
  const results = [...waiting].map(missingResult);
  waiting.clear();
  return results;
}

/**
 * Where a request is marked for the cache: at its end, which the next request reads, and at the end of what the request
 * before this one sent, which this one reads however many blocks lie between (the API looks back only 20).
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
function findMarks(entries: readonly Entry[]): number[] {
  let answer = entries.length - 1;
  while (answer >= 0 && entries[answer]?.role !== "assistant") answer -= 1;
  while (answer >= 0 && entries[answer]?.role !== "user") answer -= 1;
  const before = entries[answer];
  const last = entries.at(-1);
  return [before, last].filter((entry) => entry?.isMarkable === true).map((entry) => entry?.end ?? 0);
}

function isMarkable(block: object | undefined): boolean {
  if (block === undefined || !("type" in block)) return false;
  return block.type !== "thinking" && block.type !== "redacted_thinking";
}

function isCall(block: object): block is { readonly id: string } {
  return "type" in block && block.type === "tool_use";
}

function isResult(block: object): block is { readonly tool_use_id: string } {
  return "type" in block && block.type === "tool_result";
}
