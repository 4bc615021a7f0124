import type { ModelMessage } from "../spec/index.ts";

/** A change of a history: messages `from` up to, not including, `to` become `replacement`. */
export interface HistoryEdit {
  readonly from: number;
  readonly to: number;
  readonly replacement: readonly ModelMessage[];
}

/** The history after a change; the one before is not touched. */
export function applyEdit(
  messages: readonly ModelMessage[],
  { from, to, replacement }: HistoryEdit,
): readonly ModelMessage[] {
  return [...messages.slice(0, from), ...replacement, ...messages.slice(to)];
}
