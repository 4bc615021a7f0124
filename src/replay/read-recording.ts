import { HarnessError } from "../errors/index.ts";
import { readEvent } from "../session/index.ts";
import type {
  AssistantMessage,
  ContentPart,
  FinishReason,
  ModelMessage,
  SessionEvent,
  SessionEventData,
  SessionStore,
} from "../spec/index.ts";
import type { RecordedCall, RecordedRun, RecordedTurn, Recording } from "./recording.ts";

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };

interface OpenRun extends Mutable<Omit<RecordedRun, "turns" | "prompt">> {
  readonly runId: string | undefined;
  prompt: readonly ContentPart[] | undefined;
  readonly turns: OpenTurn[];
}

interface OpenTurn extends Omit<RecordedTurn, "calls"> {
  readonly calls: Mutable<RecordedCall>[];
}

/** What is read so far. */
interface Reading {
  readonly runs: OpenRun[];
  /** Turns of the session by their number. */
  readonly turns: Map<number, OpenTurn>;
  /** What was said since the last turn. */
  said: string[];
  readonly subagents: Set<string>;
  compactions: number;
  prompt: SessionEventData["model-intent"]["prompt"];
}

/**
 * Reads a session from its journal. Reads only: neither the session nor its lease is touched. Throws code
 * "session_not_found", and "session_invalid" for a journal that cannot be read.
 */
export async function readRecording(store: SessionStore, sessionId: string): Promise<Recording> {
  const reading: Reading = {
    runs: [],
    turns: new Map(),
    said: [],
    subagents: new Set(),
    compactions: 0,
    prompt: undefined,
  };
  let count = 0;
  for await (const stored of store.read(sessionId)) {
    count += 1;
    const event = readEvent(stored, sessionId);
    if (event !== undefined) note(event, reading);
  }
  if (count === 0) {
    const message = `There is no session ${sessionId}: name the store that holds it`;
    throw new HarnessError(message, { code: "session_not_found" });
  }
  const runs = reading.runs.flatMap((run) => (run.prompt === undefined ? [] : [{ ...run, prompt: run.prompt }]));
  return { sessionId, runs, subagents: [...reading.subagents], compactions: reading.compactions };
}

function note(event: SessionEvent, reading: Reading): void {
  switch (event.type) {
    case "run-created":
      return beginRun(event.data, reading);
    case "run-ended":
      return endRun(event.data, reading);
    case "message-added":
      return noteMessage(event.data.message, reading);
    case "model-intent":
      if (event.data.purpose === undefined) reading.prompt = event.data.prompt;
      return;
    case "model-result": {
      const { turn, message, reason, usage } = event.data;
      return addTurn(reading, { number: turn, message, reason, usage: usage ?? undefined });
    }
    case "tool-intent": {
      const call = findCall(reading, event.data.callId);
      if (call !== undefined) Object.assign(call, { argsDigest: event.data.argsDigest, decision: event.data.decision });
      return;
    }
    case "approval-requested": {
      const call = findCall(reading, event.data.callId);
      if (call !== undefined) call.wasAsked = true;
      return;
    }
    case "subagent-started":
      reading.subagents.add(event.data.childId);
      return;
    case "history-compacted":
      reading.compactions += 1;
      return;
    case "tool-result":
      return endCall(event.data, reading);
    default:
      // Everything else changes what the session knows of itself, not what was said or done.
      return;
  }
}

function beginRun(data: SessionEventData["run-created"], { runs }: Reading): void {
  const { runId, model, cwd, permissionMode, definition } = data;
  // A run that was interrupted goes on under the same id.
  if (runs.at(-1)?.runId === runId) return;
  const begun = { runId, model, cwd, permissionMode, definition };
  runs.push({ ...begun, prompt: undefined, turns: [], stopReason: undefined, cost: undefined });
}

function endRun({ stopReason, totalCost }: SessionEventData["run-ended"], { runs }: Reading): void {
  const run = runs.at(-1);
  if (run === undefined) return;
  run.stopReason = stopReason;
  run.cost = totalCost ?? undefined;
}

function noteMessage(message: ModelMessage, reading: Reading): void {
  switch (message.role) {
    case "user": {
      const run = reading.runs.at(-1);
      if (run === undefined || run.stopReason === "end_turn") {
        // Sessions of the first format do not tell where a run began.
        reading.runs.push(unknownRun(message.content));
      } else if (run.prompt === undefined) {
        run.prompt = message.content;
      } else {
        reading.said.push(message.content.map((part) => (part.type === "text" ? part.text : "")).join("\n"));
      }
      return;
    }
    case "assistant": {
      const hasCalls = message.content.some(({ type }) => type === "tool-call");
      const number = reading.turns.size + 1;
      return addTurn(reading, { number, message, reason: hasCalls ? "tool_use" : "end_turn", usage: undefined });
    }
    case "tool": {
      const calls = [...reading.turns.values()].at(-1)?.calls ?? [];
      for (const [index, { content, isError }] of message.content.entries()) {
        const call = calls[index];
        if (call !== undefined) Object.assign(call, { content, isError, outcome: isError ? "failed" : "completed" });
      }
      return;
    }
    default:
      return message satisfies never;
  }
}

function unknownRun(prompt: readonly ContentPart[]): OpenRun {
  const nothing = { runId: undefined, cwd: undefined, permissionMode: undefined, stopReason: undefined };
  return { ...nothing, model: { provider: "", id: "" }, definition: {}, prompt, turns: [], cost: undefined };
}

interface NewTurn {
  readonly number: number;
  readonly message: AssistantMessage;
  readonly reason: FinishReason;
  readonly usage: RecordedTurn["usage"];
}

function addTurn(reading: Reading, { number, message, reason, usage }: NewTurn): void {
  const calls = message.content.flatMap((part): Mutable<RecordedCall>[] => {
    if (part.type !== "tool-call") return [];
    const { id, name, args } = part;
    const open = { argsDigest: undefined, outcome: undefined, decision: undefined, content: undefined };
    return [{ toolUseId: id, name, args, ...open, wasAsked: false, isError: false }];
  });
  const turn: OpenTurn = { said: reading.said, promptVersion: reading.prompt, message, reason, usage, calls };
  reading.said = [];
  reading.turns.set(number, turn);
  reading.runs.at(-1)?.turns.push(turn);
}

function endCall({ callId, result, outcome, decision }: SessionEventData["tool-result"], reading: Reading): void {
  const call = findCall(reading, callId);
  if (call === undefined) return;
  Object.assign(call, { outcome, decision, content: result.content, isError: result.isError });
}

/** Ids of calls are "turn.index". */
function findCall({ turns }: Reading, callId: string): Mutable<RecordedCall> | undefined {
  const [turn = Number.NaN, index = Number.NaN] = callId.split(".").map(Number);
  return turns.get(turn)?.calls[index];
}
