import type { ModelMessage, ToolMessage, ToolResultPart } from "../spec/index.ts";
import type { HistoryEdit } from "./history-edit.ts";
import { shortenText } from "./shorten-text.ts";

/** How to take old results out. */
export interface TrimOptions {
  /** The results of so many last turns are left as they are. @default 4 */
  readonly keepTurns?: number;
  /** Results up to so many bytes are left as they are. @default 2000 */
  readonly keepBytes?: number;
}

/** A change of the history, and how many results it made shorter. */
export interface Trim extends HistoryEdit {
  readonly results: number;
}

/** What is left of a result, in bytes. */
const LEFT_BYTES = 400;

/**
 * Makes the large results of old turns short: the cheapest way to make room, since a model seldom reads them again and
 * can repeat a call that reads. Calls and results stay pairs. `undefined` when there is nothing to take.
 */
export function trimResults(messages: readonly ModelMessage[], options: TrimOptions = {}): Trim | undefined {
  const { keepTurns = 4, keepBytes = 2000 } = options;
  const turns = messages.flatMap((message, index) => (message.role === "tool" ? [index] : []));
  const old = turns.slice(0, Math.max(0, turns.length - keepTurns));
  const trimmed = new Map<number, ToolMessage>();
  let results = 0;
  for (const index of old) {
    const message = messages[index];
    if (message?.role !== "tool") continue;
    const content = message.content.map((part) => (isLarge(part, keepBytes) ? trimPart(part) : part));
    const changed = content.filter((part, at) => part !== message.content[at]).length;
    results += changed;
    if (changed > 0) trimmed.set(index, Object.freeze({ role: "tool", content }));
  }
  const changed = [...trimmed.keys()];
  const [first] = changed;
  const last = changed.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const replacement = messages.slice(first, last + 1).map((message, at) => trimmed.get(first + at) ?? message);
  return { from: first, to: last + 1, replacement, results };
}

function isLarge({ content }: ToolResultPart, keepBytes: number): boolean {
  if (typeof content !== "string") return content.some((part) => part.type !== "text" || part.text.length > keepBytes);
  return Buffer.byteLength(content) > keepBytes;
}

function trimPart(part: ToolResultPart): ToolResultPart {
  const { content, name } = part;
  const text = typeof content === "string" ? content : content.map(describePart).join("\n");
  const note = (missing: number): string =>
    `[… ${missing} bytes of this old result of ${name} were taken out to make room: repeat the call if you need them …]`;
  return { ...part, content: shortenText(text, LEFT_BYTES, note) };
}

function describePart(part: { readonly type: string; readonly text?: string }): string {
  return part.text ?? `[${part.type} taken out to make room]`;
}
