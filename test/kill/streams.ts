import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

import type { Message, Result, Run } from "../../src/index.ts";
import { createFold } from "../../src/session/index.ts";
import type { SessionEvent, SessionState, ToolCallPart } from "../../src/spec/index.ts";

/** A message of `run()` that stands for something in the journal, or the end of the stream. */
interface Shown {
  readonly stream: string;
  readonly sessionId: string;
  readonly seq: number;
  readonly type: "text" | "tool_use" | "tool_result" | "approval_request" | "result";
  readonly key: string;
}

/** Reads a run to its end and writes down what it showed, each message before the next one is asked for. */
export async function recordStream(run: Run, folder: string, onMessage?: (message: Message) => void): Promise<Result> {
  const stream = crypto.randomUUID();
  let seq = -1;
  for await (const message of run) {
    seq += 1;
    // I9: no gaps, no repeats, whatever became of the run.
    if (message.seq !== seq) throw new Error(`I9: message ${message.seq} came in place of ${seq}`);
    onMessage?.(message);
    const shown = describe(message);
    if (shown === undefined) continue;
    const { sessionId } = message;
    appendFileSync(join(folder, "streams"), `${JSON.stringify({ stream, sessionId, seq, ...shown })}\n`);
    if (message.type === "result") return message;
  }
  throw new Error("I9: the stream ended without its result");
}

function describe(message: Message): Pick<Shown, "type" | "key"> | undefined {
  // Sub-agents have journals of their own.
  if (message.parentToolUseId !== undefined) return undefined;
  switch (message.type) {
    case "text":
      return message.isPartial ? undefined : { type: "text", key: message.text };
    case "tool_use":
      return { type: "tool_use", key: keyOfUse(message) };
    case "tool_result":
      // A call that waits has no result yet.
      return message.outcome === "paused"
        ? undefined
        : { type: "tool_result", key: JSON.stringify([message.toolUseId, message.content]) };
    case "approval_request":
      return { type: "approval_request", key: message.id };
    case "result":
      return { type: "result", key: message.error?.code ?? message.stopReason };
    default:
      return undefined;
  }
}

/** What a part of a run must show: from where it began, or went on, to its end or its death. */
interface Segment {
  readonly text: string[];
  readonly tool_use: string[];
  readonly tool_result: string[];
  readonly approval_request: string[];
  /** Of the results, in their order. */
  readonly places: number[];
  stopReason: string | undefined;
}

function segmentsOf(events: readonly SessionEvent[]): readonly Segment[] {
  const fold = createFold();
  const segments: Segment[] = [];
  for (const event of events) {
    if (event.type === "run-created") segments.push(beginSegment(fold.state));
    const last = segments.at(-1);
    if (last !== undefined) addEvent(last, event);
    fold.apply(event);
  }
  return segments;
}

/** Calls that were asked for before, and have no result, are shown once more. */
function beginSegment({ openTurn }: SessionState): Segment {
  const open = (openTurn?.calls ?? []).filter(({ result }) => result === null);
  return {
    text: [],
    tool_use: open.map(({ part }) => keyOfUse(part)),
    tool_result: [],
    approval_request: [],
    places: [],
    stopReason: undefined,
  };
}

function addEvent(segment: Segment, event: SessionEvent): void {
  if (event.type === "model-result") {
    const { content } = event.data.message;
    const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
    if (text !== "") segment.text.push(text);
    segment.tool_use.push(...content.filter((part) => part.type === "tool-call").map(keyOfUse));
  } else if (event.type === "tool-result") {
    const { callId, result } = event.data;
    // Shown in the order in which the model asked, whichever ended first.
    const place = placeOf(callId);
    const index = segment.places.filter((known) => known < place).length;
    segment.places.splice(index, 0, place);
    segment.tool_result.splice(index, 0, JSON.stringify([result.toolCallId, result.content]));
  } else if (event.type === "approval-requested") {
    segment.approval_request.push(event.data.question.id);
  } else if (event.type === "run-ended") {
    segment.stopReason = event.data.error?.code ?? event.data.stopReason;
  }
}

function keyOfUse({ name, args }: Pick<ToolCallPart, "name" | "args">): string {
  return JSON.stringify([name, args]);
}

function placeOf(callId: string): number {
  const [turn = 0, index = 0] = callId.split(".").map(Number);
  return turn * 1000 + index;
}

/** What a run that was refused its session, lost it or could not write to it tells at its end cannot stand there. */
const LOST = new Set(["session_fenced", "session_conflict", "session_invalid", "session_stuck"]);

/**
 * I9: what a stream showed is the beginning of a part of the journal: nothing that is not kept, nothing left out, nothing
 * twice, in order; and the whole part where the stream came to its end.
 */
export function expectStreams(sessionId: string, events: readonly SessionEvent[], lines: readonly unknown[]): void {
  const shown = (lines as readonly Shown[]).filter((line) => line.sessionId === sessionId);
  const segments = segmentsOf(events);
  for (const own of Map.groupBy(shown, ({ stream }) => stream).values()) {
    const end = own.find(({ type }) => type === "result")?.key;
    if (neverBegan(own[0], end)) continue;
    const fits = segments.some((segment) => isBeginningOf(segment, own, end));
    const told = JSON.stringify({ own, segments }, null, 1);
    expect(fits, `I9: what run() showed of ${sessionId} is the beginning of its journal: ${told}`).toBe(true);
  }
}

/** Refused its session, or closed with its harness before its turn to begin came: it is no part of the journal. */
function neverBegan(first: Shown | undefined, end: string | undefined): boolean {
  if (first?.type !== "result" || end === undefined) return false;
  return LOST.has(end) || (end === "aborted" && first.seq === 0);
}

function isBeginningOf(segment: Segment, own: readonly Shown[], end: string | undefined): boolean {
  const isWhole = end !== undefined && !LOST.has(end);
  if (isWhole && segment.stopReason !== end) return false;
  return (["text", "tool_use", "tool_result", "approval_request"] as const).every((type) => {
    const keys = own.filter((line) => line.type === type).map(({ key }) => key);
    // What a paused run did not come to is shown when it goes on.
    if (isWhole && type !== "tool_use" && keys.length !== segment[type].length) return false;
    return keys.every((key, index) => segment[type][index] === key);
  });
}
