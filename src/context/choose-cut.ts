import type { ModelMessage } from "../spec/index.ts";
import { sizeOfMessage } from "./message-size.ts";

/**
 * Where a history is cut: what stands before the index goes into a summary, and from it on about `keepBytes` stay as
 * they are. A cut never parts calls from their results. `0` when there is nothing before a cut.
 */
export function chooseCut(messages: readonly ModelMessage[], keepBytes: number): number {
  let cut = messages.length;
  let kept = 0;
  for (let index = messages.length - 1; index > 0; index -= 1) {
    const message = messages[index];
    if (message === undefined) break;
    kept += sizeOfMessage(message);
    if (kept > keepBytes && cut < messages.length) break;
    // Results belong to the calls of the answer before them.
    if (message.role !== "tool") cut = index;
    if (kept > keepBytes) break;
  }
  return cut === messages.length ? lastBorder(messages) : cut;
}

/** The last place where a cut is possible, however much stands after it: one huge message is made shorter elsewhere. */
function lastBorder(messages: readonly ModelMessage[]): number {
  for (let index = messages.length - 1; index > 0; index -= 1) if (messages[index]?.role !== "tool") return index;
  return 0;
}
