import { openSignalScope, type SignalScope } from "../async/index.ts";
import { HarnessError, isContextExceeded } from "../errors/index.ts";
import type { ModelFinish, SessionEventBody, ToolCallPart, ToolCallResult } from "../spec/index.ts";
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
  using limit = openTurnLimit(run, turn);
  const finish = await askModel(run, turn, limit.signal);
  return await performCalls(run, finish, limit.signal);
}

/** A history that the provider refuses for its length is made shorter once and sent again. */
async function askModel(run: AgentRun, turn: number, signal: AbortSignal): Promise<ModelFinish> {
  try {
    return await callModel(run, turn, { signal });
  } catch (error) {
    if (!isContextExceeded(error) || !(await makeRoomForRetry(run, signal))) throw error;
    return await callModel(run, turn, { signal, isRetry: true });
  }
}

/** Goes on with the calls of a turn that was interrupted: those that have a result keep it. */
export async function resumeTurn(run: AgentRun, turn: number): Promise<Turn | undefined> {
  const { openTurn, messages } = run.journal.state;
  const message = messages.findLast((one) => one.role === "assistant");
  if (openTurn === null || message === undefined) return undefined;
  using limit = openTurnLimit(run, turn);
  const finish: ModelFinish = { type: "finish", reason: openTurn.reason, message, usage: undefined };
  return await performCalls(run, finish, limit.signal);
}

function openTurnLimit({ stop, turnMs }: AgentRun, turn: number): SignalScope {
  return openSignalScope([stop.signal], {
    timeoutMs: turnMs,
    timeoutReason: () => new HarnessError(`Turn ${turn} took longer than ${turnMs} ms`, { code: "timeout" }),
  });
}

async function performCalls(run: AgentRun, finish: ModelFinish, signal: AbortSignal): Promise<Turn> {
  const { openTurn } = run.journal.state;
  if (openTurn === null) return { finish, calls: [], results: [], isPaused: false };
  const waiting = openTurn.calls.filter(({ result }) => result === null);
  // An answer that was cut off may hold a call that was cut off: nothing of it is executed.
  const isCut = finish.reason !== "tool_use" && finish.reason !== "end_turn" && finish.reason !== "pause_turn";
  run.totals.addToolCalls(isCut ? 0 : waiting.length);
  const { results, isPaused } = isCut ? { results: [], isPaused: false } : await runTools(waiting, run, signal);
  // Each call has a result before the model is asked again, also one that never began.
  if (!isPaused) await recordSkipped(run);
  signal.throwIfAborted();
  return { finish, calls: openTurn.calls.map(({ part }) => part), results, isPaused };
}

async function recordSkipped({ journal, sandbox: { isolation } }: AgentRun): Promise<void> {
  const skipped = (journal.state.openTurn?.calls ?? []).filter(({ result }) => result === null);
  if (skipped.length === 0) return;
  const events = skipped.map((call): SessionEventBody => ({ type: "tool-result", data: skipCall(call, isolation) }));
  await journal.record(events, { durable: true });
}
