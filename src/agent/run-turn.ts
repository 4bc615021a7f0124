import { openSignalScope } from "../async/index.ts";
import { HarnessError, isContextExceeded } from "../errors/index.ts";
import type { CallRecord, ModelFinish, SessionEventBody, ToolCallPart, ToolCallResult, Tracer } from "../spec/index.ts";
import { below, skipCall } from "../tool-call/index.ts";
import type { AgentRun } from "./agent-run.ts";
import { callModel } from "./call-model.ts";
import { makeRoomForRetry } from "./make-room.ts";
import { runTools } from "./run-tools.ts";

/** What one turn came to. */
export interface Turn {
  readonly finish: ModelFinish;
  readonly calls: readonly ToolCallPart[];
  readonly results: readonly ToolCallResult[];
  readonly isPaused: boolean;
}

/** One turn: a model call and the tool calls that it asked for. Its messages stand in the history when it returns. */
export function runTurn(run: AgentRun, turn: number): Promise<Turn> {
  return run.tracer === undefined ? performTurn(run, turn) : traceTurn(run, run.tracer, turn);
}

async function traceTurn(run: AgentRun, tracer: Tracer, turn: number): Promise<Turn> {
  using span = tracer.startSpan("turn", { turn }, run.span);
  try {
    const ended = await performTurn(below(span, run), turn);
    span.note({ finishReason: ended.finish.reason, toolCalls: ended.calls.length });
    return ended;
  } catch (error) {
    span.recordError(error);
    throw error;
  }
}

function performTurn(run: AgentRun, turn: number): Promise<Turn> {
  return withinLimit(run, turn, async (signal) => {
    let finish: ModelFinish;
    try {
      finish = await callModel(run, turn, { signal });
    } catch (error) {
      // A history that the provider refuses for its length is made shorter once and sent again.
      if (!isContextExceeded(error) || !(await makeRoomForRetry(run, signal))) throw error;
      finish = await callModel(run, turn, { signal, isRetry: true });
    }
    return await performCalls(run, finish, signal);
  });
}

/** Goes on with the calls of a turn that was interrupted: those that have a result keep it. */
export async function resumeTurn(run: AgentRun, turn: number): Promise<Turn | undefined> {
  const { openTurn, messages } = run.journal.state;
  const message = messages.findLast((one) => one.role === "assistant");
  if (openTurn === null || message === undefined) return undefined;
  const finish: ModelFinish = { type: "finish", reason: openTurn.reason, message, usage: undefined };
  return await withinLimit(run, turn, (signal) => performCalls(run, finish, signal));
}

/** A turn without a time limit of its own stops with the run. */
function withinLimit(run: AgentRun, turn: number, work: (signal: AbortSignal) => Promise<Turn>): Promise<Turn> {
  const { stop, turnMs } = run;
  if (turnMs === undefined) return work(stop.signal);
  const timeoutReason = (): HarnessError =>
    new HarnessError(`Turn ${turn} took longer than ${turnMs} ms`, { code: "timeout" });
  const limit = openSignalScope([stop.signal], { timeoutMs: turnMs, timeoutReason });
  return work(limit.signal).finally(() => limit[Symbol.dispose]());
}

async function performCalls(run: AgentRun, finish: ModelFinish, signal: AbortSignal): Promise<Turn> {
  const { openTurn } = run.journal.state;
  if (openTurn === null) return { finish, calls: [], results: [], isPaused: false };
  const waiting = withoutResult(run);
  // An answer that was cut off may hold a call that was cut off: nothing of it is executed.
  const isCut = finish.reason !== "tool_use" && finish.reason !== "end_turn" && finish.reason !== "pause_turn";
  run.totals.addToolCalls(isCut ? 0 : waiting.length);
  const { results, isPaused } = isCut ? { results: [], isPaused: false } : await runTools(waiting, run, signal);
  // Each call has a result before the model is asked again, also one that never began.
  const skipped = isPaused ? [] : withoutResult(run);
  if (skipped.length > 0) await recordSkipped(skipped, run);
  signal.throwIfAborted();
  return { finish, calls: openTurn.calls.map(({ part }) => part), results, isPaused };
}

function withoutResult({ journal }: AgentRun): readonly CallRecord[] {
  const { openTurn } = journal.state;
  return openTurn === null ? [] : openTurn.calls.filter(({ result }) => result === null);
}

async function recordSkipped(
  calls: readonly CallRecord[],
  { journal, sandbox: { isolation } }: AgentRun,
): Promise<void> {
  const events = calls.map((call): SessionEventBody => ({ type: "tool-result", data: skipCall(call, isolation) }));
  await journal.record(events, { durable: true });
}
