import type {
  CallRecord,
  ChargedData,
  LabelSource,
  ModelMessage,
  ModelResultData,
  RunCreatedData,
  RunEndedData,
  SessionEventBody,
  SessionState,
  SubagentRecord,
  SubagentStartedData,
} from "../spec/index.ts";
import { foldApproval } from "./fold-approval.ts";
import { compact, undoCompaction } from "./fold-compaction.ts";
import { foldCall, openCalls, placeOfCall, type MutableCall } from "./fold-call.ts";
import { skillAfter } from "./fold-skill.ts";

/** The state of a session that grows with its events. */
export interface SessionFold {
  /** Always the same object; its lists and fields change. */
  readonly state: SessionState;
  apply(event: SessionEventBody): void;
}

/** The state as only this module may change it. */
export type MutableState = {
  -readonly [Key in keyof SessionState]: SessionState[Key] extends readonly (infer Item)[] ? Item[] : SessionState[Key];
};

const NOTHING: ChargedData = { tokens: 0, cost: 0 };

/** The state of a session without events. */
function emptyState(): MutableState {
  return {
    messages: [],
    turn: 0,
    lastReason: null,
    openTurn: null,
    openModelCall: null,
    run: null,
    beginnings: 0,
    spent: NOTHING,
    spentBefore: { run: NOTHING, segment: NOTHING },
    todos: [],
    skill: null,
    labels: [],
    steering: [],
    cancel: null,
    compaction: null,
    subagents: {},
    title: null,
  };
}

/** Starts a fold, from the beginning or from a state that was kept. */
export function createFold(kept?: SessionState): SessionFold {
  // A kept state was parsed for this fold alone.
  const state = kept === undefined ? emptyState() : (kept as MutableState);
  for (const message of state.messages) Object.freeze(message);
  return { state, apply: (event) => applyEvent(state, event) };
}

/** By what a run gets further, or ends in order. */
const ADVANCES: ReadonlySet<SessionEventBody["type"]> = new Set<SessionEventBody["type"]>([
  "model-result",
  "tool-result",
  "tool-outcome-settled",
  "history-compacted",
  "subagent-charged",
  "subagent-ended",
  "run-ended",
]);

function applyEvent(state: MutableState, event: SessionEventBody): void {
  if (state.beginnings !== 0 && ADVANCES.has(event.type)) state.beginnings = 0;
  switch (event.type) {
    case "run-created":
      return beginRun(state, event.data);
    case "run-ended":
      return endRun(state, event.data);
    case "run-given-up":
      return;
    case "message-added":
      return addSaid(state, event.data.message);
    case "model-intent":
      state.openModelCall = event.data;
      return;
    case "model-result":
      return addAnswer(state, event.data);
    case "model-failed":
    case "model-charged":
      state.openModelCall = null;
      state.spent = sum(state.spent, event.data.charged);
      return;
    case "tool-result":
      return changeCall(state, event.data.callId, (call) => {
        foldCall(call, event);
        state.skill = skillAfter(call, state.skill);
      });
    case "tool-intent":
    case "tool-outcome-unknown":
    case "tool-outcome-settled":
      return changeCall(state, event.data.callId, (call) => foldCall(call, event));
    case "approval-requested":
    case "approval-voted":
    case "approval-decided":
    case "approval-expired":
    case "approval-revoked":
      return changeCall(state, event.data.callId, (call) => foldApproval(call, event));
    case "history-compacted":
      return compact(state, event.data);
    case "compaction-undone":
      return undoCompaction(state, event.data);
    default:
      return applyRest(state, event);
  }
}

/** Events that only replace or extend one field. */
function applyRest(
  state: MutableState,
  event: Exclude<
    SessionEventBody,
    { type: `run-${string}` | `model-${string}` | `tool-${string}` | `approval-${string}` }
  >,
): void {
  switch (event.type) {
    case "steering-received":
      state.steering.push(event.data);
      return;
    case "steering-delivered":
      state.steering = state.steering.filter(({ id }) => !event.data.ids.includes(id));
      return;
    case "todos-set":
      state.todos = [...event.data.todos];
      return;
    case "context-labelled":
      for (const source of event.data.sources) addLabel(state, source);
      return;
    case "subagent-started":
      return startSubagent(state, event.data);
    case "subagent-charged":
      return chargeSubagent(state, event.data.callId, event.data.charged);
    case "subagent-ended":
      return chargeSubagent(state, event.data.callId, event.data, event.data.stopReason !== "paused");
    case "cancel-requested":
      state.cancel = event.data;
      return;
    case "session-renamed":
      state.title = event.data.title;
      return;
    case "session-forked":
      return startFork(state);
    case "session-imported":
      // Made by `openCalls`; only this module changes them.
      for (const call of state.openTurn?.calls ?? []) (call as MutableCall).approval = null;
      return;
    case "message-added":
    case "history-compacted":
    case "compaction-undone":
    case "checkpoint-made":
    case "checkpoint-restored":
      return;
    default:
      event satisfies never;
  }
}

function beginRun(state: MutableState, created: RunCreatedData): void {
  const { spent, spentBefore } = state;
  const isSame = state.run?.created.runId === created.runId;
  state.beginnings = isSame ? state.beginnings + 1 : 1;
  state.spentBefore = { run: isSame ? spentBefore.run : spent, segment: spent };
  state.run = { created, ended: null };
  state.cancel = null;
}

/** The totals of a run hold what its turns don't tell: sub-agents, compactions, judges. */
function endRun(state: MutableState, ended: RunEndedData): void {
  if (state.run === null) return;
  state.run = { ...state.run, ended };
  state.spent = sum(state.spentBefore.segment, { tokens: ended.totalTokens, cost: ended.totalCost });
}

/**
 * What somebody said. Sessions of the first format hold answers and results of tools in the same way; nobody knows what
 * became of a call in them that has no result.
 */
function addSaid(state: MutableState, message: ModelMessage): void {
  if (message.role === "assistant") {
    const calls = openCalls(state.turn + 1, message);
    addMessage(state, message);
    state.turn += 1;
    state.openTurn =
      calls.length === 0
        ? null
        : { turn: state.turn, reason: "tool_use", calls: calls.map((call) => ({ ...call, isUnknown: true })) };
    return;
  }
  // No vendor takes calls without results.
  if (message.role === "user" && state.openTurn !== null) giveUpTurn(state, state.openTurn.calls);
  if (message.role === "tool") state.openTurn = null;
  addMessage(state, message);
}

function giveUpTurn(state: MutableState, calls: readonly CallRecord[]): void {
  const content = "The run ended before the outcome of this call was recorded; it may or may not have happened";
  const results = calls.map(
    ({ part: { id, name }, result }) =>
      result?.result ?? { type: "tool-result" as const, toolCallId: id, name, content, isError: true },
  );
  addMessage(state, { role: "tool", content: results });
  state.openTurn = null;
}

function addMessage(state: MutableState, message: ModelMessage): void {
  state.messages.push(Object.freeze(message));
}

function addAnswer(state: MutableState, { turn, message, reason, charged }: ModelResultData): void {
  addMessage(state, message);
  state.turn = turn;
  state.lastReason = reason;
  state.openModelCall = null;
  state.spent = sum(state.spent, charged);
  const calls = openCalls(turn, message);
  state.openTurn = calls.length === 0 ? null : { turn, reason, calls };
}

function sum(left: ChargedData, right: ChargedData): ChargedData {
  return {
    tokens: left.tokens + right.tokens,
    // Whole nano-dollars, so that sums don't drift.
    cost: left.cost === null || right.cost === null ? null : Math.round((left.cost + right.cost) * 1e9) / 1e9,
  };
}

/** A call of the open turn, by the place that its id tells: every event of a turn with many calls asks for one of them. */
export function findCall({ openTurn }: Pick<SessionState, "openTurn">, callId: string): CallRecord | undefined {
  const call = openTurn?.calls[placeOfCall(callId)];
  return call?.callId === callId ? call : undefined;
}

function changeCall(state: MutableState, callId: string, change: (call: MutableCall) => void): void {
  const call = findCall(state, callId);
  // What is said about a call that is closed changes nothing any more.
  if (state.openTurn === null || call === undefined || call.result !== null) return;
  // Made by `openCalls`; only this module changes it.
  change(call as MutableCall);
  if (call.result !== null) closeTurn(state, state.openTurn.calls);
}

/** The results stand in the history when the last one is there, in the order in which the model asked. */
function closeTurn(state: MutableState, calls: readonly CallRecord[]): void {
  // From the end: calls are made in their order.
  for (let index = calls.length - 1; index >= 0; index -= 1) if (calls[index]?.result === null) return;
  const content = calls.map(({ result }) => result?.result).filter((result) => result !== undefined);
  addMessage(state, { role: "tool", content });
  state.openTurn = null;
}

/** What was under way belongs to the other session. */
function startFork(state: MutableState): void {
  state.run = null;
  state.openModelCall = null;
  state.cancel = null;
  state.steering = [];
  state.subagents = {};
}

/** The same call goes on with the same sub-agent. */
function startSubagent(state: MutableState, { callId, childId, agent }: SubagentStartedData): void {
  const charged = subagentOf(state, callId)?.charged ?? NOTHING;
  state.subagents = { ...state.subagents, [callId]: { childId, agent, isEnded: false, charged } };
}

function chargeSubagent(state: MutableState, callId: string, used: ChargedData, isEnded = false): void {
  const started = subagentOf(state, callId);
  if (started === undefined) return;
  const { tokens, cost } = used;
  const charged = sum(started.charged, { tokens, cost });
  state.subagents = { ...state.subagents, [callId]: { ...started, isEnded, charged } };
  state.spent = sum(state.spent, { tokens, cost });
}

function subagentOf({ subagents }: MutableState, callId: string): SubagentRecord | undefined {
  return Object.hasOwn(subagents, callId) ? subagents[callId] : undefined;
}

function addLabel(state: MutableState, source: LabelSource): void {
  const text = JSON.stringify(source);
  if (!state.labels.some((known) => JSON.stringify(known) === text)) state.labels.push(source);
}
