import type { HistoryCompactedData, ModelMessage, SessionState } from "../spec/index.ts";

/** The part of a state that a compaction changes. */
interface Compactable {
  readonly messages: ModelMessage[];
  compaction: SessionState["compaction"];
}

/** Replaces a part of the history. */
export function compact(state: Compactable, { from, to, replacement }: HistoryCompactedData): void {
  for (const message of replacement) Object.freeze(message);
  const removed = state.messages.splice(from, to - from, ...replacement);
  state.compaction = { from, inserted: replacement.length, removed };
}

/** Puts back what the last compaction took out. */
export function undoCompaction(state: Compactable): void {
  if (state.compaction === null) return;
  const { from, inserted, removed } = state.compaction;
  state.messages.splice(from, inserted, ...removed);
  state.compaction = null;
}
