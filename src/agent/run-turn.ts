import { openSignalScope } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { ModelFinish, ToolCallPart, ToolCallResult } from "../spec/index.ts";
import { below } from "../tool-call/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { callModel } from "./call-model.ts";
import { runTools, toToolResultParts } from "./run-tools.ts";

/** What one turn came to. */
export interface Turn {
  readonly finish: ModelFinish;
  readonly calls: readonly ToolCallPart[];
  readonly results: readonly ToolCallResult[];
  readonly isPaused: boolean;
}

/** One turn: a model call and the tool calls that it asked for. Its messages stand in the history when it returns. */
export async function runTurn(run: AgentRun, turn: number): Promise<Turn> {
  using span = run.tracer?.startSpan("turn", { turn }, run.span);
  try {
    const ended = await performTurn(below(span, run), turn);
    span?.note({ finishReason: ended.finish.reason, toolCalls: ended.calls.length });
    return ended;
  } catch (error) {
    span?.recordError(error);
    throw error;
  }
}

async function performTurn(run: AgentRun, turn: number): Promise<Turn> {
  using limit = openSignalScope([run.stop.signal], {
    timeoutMs: run.turnMs,
    timeoutReason: () => new HarnessError(`Turn ${turn} took longer than ${run.turnMs} ms`, { code: "timeout" }),
  });
  const { signal } = limit;
  const finish = await callModel(run, turn, signal);
  await run.history.append(finish.message);
  const calls = finish.message.content.filter((part) => part.type === "tool-call");
  if (calls.length === 0) return { finish, calls, results: [], isPaused: false };

  // An answer that was cut off may hold a call that was cut off: nothing of it is executed.
  const isCut = finish.reason !== "tool_use" && finish.reason !== "end_turn" && finish.reason !== "pause_turn";
  run.totals.addToolCalls(isCut ? 0 : calls.length);
  const known = run.labeller.current().sources.length;
  const { results, isPaused } = isCut ? { results: [], isPaused: false } : await runTools(calls, run, signal);
  const sources = run.labeller.current().sources.slice(known);
  if (sources.length > 0) await run.saveLabels(sources);
  await run.history.append({ role: "tool", content: toToolResultParts(calls, results) });
  signal.throwIfAborted();
  return { finish, calls, results, isPaused };
}
