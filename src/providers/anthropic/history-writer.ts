import type { ModelMessage } from "../../spec/index.ts";
import { stringify } from "../shared/index.ts";
import { missingResult, toBlocks } from "./to-blocks.ts";
import { createToolCallIds } from "./tool-call-ids.ts";

/** A stretch of the bytes that came from one entry. */
interface Entry {
  readonly role: "user" | "assistant";
  /** Where its last block ends: a mark stands one byte before, inside of the block's brace. */
  readonly end: number;
  /** The API takes no mark on reasoning. */
  readonly isMarkable: boolean;
}

/** The wire form of a history that only grows: each entry is written once, its bytes never change. */
export class HistoryWriter {
  readonly #modelId: string;
  readonly #ids = createToolCallIds();
  readonly #known: ModelMessage[] = [];
  readonly #entries: Entry[] = [];
  /** Calls of the latest answer that have no result yet, as the API knows them. */
  readonly #waiting = new Set<string>();
  #bytes: Buffer = Buffer.allocUnsafe(START_SIZE);
  #length = 0;
  /** Content that is refused leaves it half done. */
  #isWhole = true;

  constructor(modelId: string) {
    this.#modelId = modelId;
  }

  /**
   * Takes a history over. `false` when it is not a continuation of the one before: start another writer. Throws a
   * `ProviderError` for content that the API does not take.
   */
  extend(messages: readonly ModelMessage[]): boolean {
    const known = this.#known;
    if (!this.#isWhole || messages.length < known.length) return false;
    // By index: all of a long history is looked at in each turn.
    for (let index = 0; index < known.length; index += 1) if (messages[index] !== known[index]) return false;
    this.#isWhole = false;
    for (const message of messages.slice(known.length)) {
      this.#add(message);
      known.push(message);
    }
    this.#isWhole = true;
    return true;
  }

  /** The pieces of the JSON array `messages`, with cache marks put between the frozen bytes. */
  pieces(mark: Buffer | undefined): readonly Buffer[] {
    const pieces: Buffer[] = [];
    let start = 0;
    if (mark !== undefined) {
      for (const end of findMarks(this.#entries)) {
        pieces.push(this.#bytes.subarray(start, end - 1), mark);
        start = end - 1;
      }
    }
    pieces.push(this.#bytes.subarray(start, this.#length));
    pieces.push(toEnd(this.#entries.at(-1)?.role, this.#waiting));
    return pieces;
  }

  #add(message: ModelMessage): void {
    const blocks = toBlocks(message, { modelId: this.#modelId, ids: this.#ids });
    if (message.role !== "tool" && this.#waiting.size > 0) this.#append("user", takeMissing(this.#waiting));
    this.#append(message.role === "assistant" ? "assistant" : "user", blocks);
    for (const block of blocks) {
      if (isCall(block)) this.#waiting.add(block.id);
      if (isResult(block)) this.#waiting.delete(block.tool_use_id);
    }
  }

  #append(role: Entry["role"], blocks: readonly object[]): void {
    if (blocks.length === 0) return;
    // Entries of one role in a row become one message.
    this.#write(toOpening(this.#entries.at(-1)?.role, role) + writeBlocks(blocks));
    this.#entries.push({ role, end: this.#length, isMarkable: isMarkable(blocks.at(-1)) });
  }

  #write(text: string): void {
    const size = Buffer.byteLength(text);
    if (this.#length + size > this.#bytes.length) {
      // Views of the old buffer that are still being sent stay as they are.
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + size));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    this.#length += this.#bytes.write(text, this.#length);
  }
}

/** Bytes of a new history's buffer: as many as the platform takes from its pool. */
const START_SIZE = 2_048;

function writeBlocks(blocks: readonly object[]): string {
  let text = "";
  for (const block of blocks) text += text === "" ? stringify(block) : `,${stringify(block)}`;
  return text;
}

function toOpening(before: Entry["role"] | undefined, role: Entry["role"]): string {
  if (before === role) return ",";
  return `${before === undefined ? "[" : "]},"}{"role":"${role}","content":[`;
}

/** Closes the array; calls that nobody answered yet are answered here, since the history itself may still do it. */
function toEnd(last: Entry["role"] | undefined, waiting: ReadonlySet<string>): Buffer {
  if (last === undefined) return EMPTY;
  if (waiting.size === 0) return END;
  return Buffer.from(`${toOpening(last, "user")}${writeBlocks([...waiting].map(missingResult))}]}]`);
}

const EMPTY = Buffer.from("[]");
const END = Buffer.from("]}]");

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
  const marks: number[] = [];
  for (const entry of [entries[answer], entries.at(-1)]) if (entry?.isMarkable === true) marks.push(entry.end);
  return marks;
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
