import type { AgentEnd, Totals } from "../agent/index.ts";
import type { Emitter } from "../agent/index.ts";
import type { Result } from "../spec/index.ts";
import { attachError, toResultError } from "./unwrap.ts";

/** What a terminal message is made from. */
export interface TerminalOptions {
  readonly end: AgentEnd;
  readonly totals: Totals;
  readonly durationMs: number;
  readonly emitter: Pick<Emitter, "stamp">;
  /** Left out as long as nothing was opened that knows the secrets of the process. */
  readonly redact?: (text: string) => string;
  /** The run ended before it was opened. @default false */
  readonly isOpening?: boolean;
}

/** The only place that makes a `Result`: whatever ended the run, it tells what was used until then. */
export function makeTerminal({ end, totals, durationMs, emitter, redact, isOpening }: TerminalOptions): Result {
  const { text, stopReason, denials, output, agents } = end;
  const error = toResultError(end, { redact, isOpening });
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
    ...(agents === undefined || agents.length === 0 ? {} : { agents }),
    durationMs,
    stopReason,
    ...(error === undefined ? {} : { error }),
  });
  return attachError(result, end.error);
}
