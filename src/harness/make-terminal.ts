import type { AgentEnd, Totals } from "../agent/index.ts";
import type { Emitter } from "../agent/index.ts";
import type { Result } from "../spec/index.ts";
import { attachError, toResultError } from "./unwrap.ts";

/** What a terminal message is made from. */
export interface TerminalOptions {
  readonly end: AgentEnd;
  readonly totals: Totals;
  readonly durationMs: number;
  readonly emitter: Emitter;
}

/** The only place that makes a `Result`: whatever ended the run, it tells what was used until then. */
export function makeTerminal({ end, totals, durationMs, emitter }: TerminalOptions): Result {
  const { text, stopReason, denials, output } = end;
  const error = toResultError(end);
  const usage = totals.usage;
  const result: Result = emitter.stamp({
    type: "result",
    text,
    ...("output" in end ? { output } : {}),
    turns: totals.turns,
    toolCalls: totals.toolCalls,
    totalTokens: usage.input + usage.output,
    totalCost: totals.cost,
    usage,
    ...(totals.isEstimated ? { isUsageEstimated: true } : {}),
    costByModel: totals.costByModel(),
    denials,
    durationMs,
    stopReason,
    ...(error === undefined ? {} : { error }),
  });
  return attachError(result, end.error);
}
