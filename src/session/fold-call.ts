import type { AssistantMessage, CallRecord, SessionEventBody } from "../spec/index.ts";

/** A call as only the fold may change it. */
export type MutableCall = { -readonly [Key in keyof CallRecord]: CallRecord[Key] };

/** The calls that an answer asks for, each with an id of our own: a provider may give one twice. */
export function openCalls(turn: number, message: AssistantMessage): readonly CallRecord[] {
  const calls: CallRecord[] = [];
  for (const part of message.content) {
    if (part.type !== "tool-call") continue;
    const callId = callIdOf(turn, calls.length);
    calls.push({ callId, part, intent: null, isUnknown: false, resolution: null, approval: null, result: null });
  }
  return calls;
}

/** The id of a call: unique within its session and the same after every resume. */
export function callIdOf(turn: number, index: number): string {
  return `${turn}.${index}`;
}

/** Where in its turn a call stands, by its id. */
export function placeOfCall(callId: string): number {
  return Number(callId.slice(callId.indexOf(".") + 1));
}

/** Brings what is known of a call up to date. */
export function foldCall(
  call: MutableCall,
  event: Extract<
    SessionEventBody,
    { type: "tool-intent" | "tool-result" | "tool-outcome-unknown" | "tool-outcome-settled" }
  >,
): void {
  switch (event.type) {
    case "tool-intent":
      call.intent = event.data;
      // What was said about an earlier beginning does not hold for this one.
      call.isUnknown = false;
      call.resolution = null;
      if (call.approval?.question.about === "outcome") call.approval = null;
      return;
    case "tool-result":
      call.result = event.data;
      return;
    case "tool-outcome-unknown":
      call.isUnknown = true;
      return;
    case "tool-outcome-settled":
      call.resolution = event.data.resolution;
      call.isUnknown = false;
      return;
    default:
      event satisfies never;
  }
}
