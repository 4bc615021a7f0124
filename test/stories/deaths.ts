import {
  closeBlock,
  CUT,
  END,
  HANG,
  HEADERS,
  openCall,
  openText,
  PAUSE,
  sendEvent,
  START,
  STOP,
  stopReason,
  type FaultStep,
} from "./fault-server.ts";

const TEXT = openText(0, ["Half ", "an answer"]);
const CALL = openCall(0, "Weather", ['{"ci', 'ty":"Os']);
const WHOLE_CALL = [...openCall(0, "Weather", ['{"city":"Oslo"}']), closeBlock(0)];
const WHOLE = [START, ...TEXT, closeBlock(0), stopReason("end_turn")];
const OVERLOADED = sendEvent({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } });
const INVALID = sendEvent({ type: "error", error: { type: "invalid_request_error", message: "No" } });
const BROKEN: FaultStep = { type: "raw", text: 'event: content_block_delta\ndata: {"type":"content_blo\n\n' };
const PAGE: FaultStep = { type: "raw", text: "<html>Welcome to the captive portal</html>" };

function status(code: number, type: string): readonly FaultStep[] {
  const body = JSON.stringify({ type: "error", error: { type, message: "Refused" } });
  return [{ type: "status", status: code }, { type: "raw", text: body }, END];
}

/** An answer that dies. */
export interface Death {
  readonly where: string;
  readonly steps: readonly FaultStep[];
  /** The text that the reader saw. @default "" */
  readonly seen?: string;
  /** Whether the same request may succeed later. @default true */
  readonly retryable?: boolean;
  /** Something of the answer was already handed on, so that a second one would repeat it. */
  readonly isBegun?: boolean;
}

const HALF = { seen: "Half an answer", isBegun: true } as const;

/** The points at which a provider may die. */
export const deaths: readonly Death[] = [
  { where: "before the headers", steps: [CUT] },
  { where: "after the headers", steps: [HEADERS, CUT] },
  { where: "by ending after the headers", steps: [HEADERS, END] },
  { where: "after message_start", steps: [START, CUT] },
  { where: "by ending after message_start", steps: [START, END] },
  { where: "in the middle of a text", steps: [START, ...TEXT, CUT], ...HALF },
  { where: "by ending in the middle of a text", steps: [START, ...TEXT, END], ...HALF },
  { where: "in the middle of a tool's arguments", steps: [START, ...CALL, CUT] },
  { where: "by ending in the middle of a tool's arguments", steps: [START, ...CALL, END] },
  { where: "after a whole tool call", steps: [START, ...WHOLE_CALL, CUT], isBegun: true },
  { where: "after message_delta", steps: [...WHOLE, CUT], ...HALF },
  { where: "by ending after message_delta", steps: [...WHOLE, END], ...HALF },
  { where: "with an error event before the text", steps: [START, OVERLOADED, END] },
  { where: "with an error event in the text", steps: [START, ...TEXT, PAUSE, OVERLOADED, END], ...HALF },
  { where: "with an error event that is final", steps: [INVALID, END], retryable: false },
  { where: "with an event that is not JSON", steps: [START, ...TEXT, PAUSE, BROKEN, STOP, END], ...HALF },
  { where: "with a page instead of a stream", steps: [PAGE, END] },
  { where: "with status 400", steps: status(400, "invalid_request_error"), retryable: false },
  { where: "with status 529", steps: status(529, "overloaded_error") },
  {
    where: "with a redirect",
    steps: [{ type: "status", status: 307, headers: { location: "http://127.0.0.1:9/" } }, END],
    retryable: false,
  },
];

/** The points at which a provider may fall silent. */
export const silences: readonly Death[] = [
  { where: "before the headers", steps: [HANG] },
  { where: "after the headers", steps: [HEADERS, HANG] },
  { where: "after message_start", steps: [START, HANG] },
  { where: "in the middle of a text", steps: [START, ...TEXT, HANG], ...HALF },
  { where: "in the middle of a tool's arguments", steps: [START, ...CALL, HANG] },
  { where: "after message_delta", steps: [...WHOLE, HANG], ...HALF },
];

/** An answer without its end in order. */
export const unendedAnswer = { text: "Half an answer", steps: [...WHOLE, STOP] };
