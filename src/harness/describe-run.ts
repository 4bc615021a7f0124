import type { AgentEnd, AgentRun } from "../agent/index.ts";
import { describeError, HarnessError } from "../errors/index.ts";
import type { RunEndedData, SessionEventBody, SessionStartData, SessionState } from "../spec/index.ts";
import { isParked } from "../tool-call/index.ts";
import type { OpenedSession } from "./open-session.ts";

/** The first events of a run: what it is, and what its host says is in its context already. */
export function describeRun(
  run: AgentRun,
  { session, start }: { readonly session: OpenedSession; readonly start: SessionStartData },
): readonly SessionEventBody[] {
  const { scope, cwd, approvals, labeller, journal } = run;
  const { runId, definition } = session;
  const { provider, model, permissionMode } = start;
  const principal = approvals?.requestedBy === undefined ? {} : { principal: approvals.requestedBy };
  const created: SessionEventBody = {
    type: "run-created",
    data: { runId, agent: scope.agent, model: { provider, id: model }, cwd, permissionMode, definition, ...principal },
  };
  const sources = labeller.current().sources.slice(journal.state.labels.length);
  return sources.length === 0 ? [created] : [created, { type: "context-labelled", data: { sources } }];
}

/** What a run counted. */
export type RunSummary = Pick<RunEndedData, "turns" | "toolCalls" | "totalTokens" | "totalCost">;

/** The last event of a run. */
export function describeEnd(
  { stopReason, text, error }: AgentEnd,
  totals: RunSummary,
  { run, session }: { readonly run: AgentRun; readonly session: OpenedSession },
): RunEndedData {
  const code = HarnessError.isInstance(error) ? error.code : "unknown";
  const told = error === undefined ? {} : { error: { code, message: run.redact(describeError(error)) } };
  const waitsFor = stopReason === "paused" ? { waitsFor: openQuestions(session.journal.state) } : {};
  const parked = stopReason === "paused" && isParked(run.stop.signal.reason) ? { isParked: true as const } : {};
  const { turns, toolCalls, totalTokens, totalCost } = totals;
  const counted = { turns, toolCalls, totalTokens, totalCost };
  return { runId: session.runId, stopReason, text, ...counted, ...told, ...waitsFor, ...parked };
}

function openQuestions({ openTurn }: SessionState): readonly string[] {
  const waiting = (openTurn?.calls ?? []).filter(({ result, approval }) => result === null && approval !== null);
  return waiting.map(({ approval }) => approval?.question.id ?? "");
}
