import type { CompactionUndoneData, HistoryCompactedData, ModelMessage, SessionState } from "../spec/index.ts";

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

/** Puts back what the last compaction took out, or an older one that the event tells of. */
export function undoCompaction(state: Compactable, { restored }: CompactionUndoneData): void {
  const record = restored ?? state.compaction;
  if (record === null) return;
  const { from, inserted, removed } = record;
  for (const message of removed) Object.freeze(message);
  state.messages.splice(from, inserted, ...removed);
  state.compaction = null;
}
