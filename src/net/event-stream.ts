import { openByteReader } from "./byte-reader.ts";

/** Characters that one event may have: a stream without line ends must not eat the memory. */
const MAX_EVENT_LENGTH = 64 * 1024 * 1024;

/** Reads the `data` payloads of a server-sent event stream. */
export interface EventReader {
  /**
   * The payloads that have arrived, when some have; `undefined` after the end. An empty batch means that only comments
   * arrived (a keep-alive). Throws what the body throws, and a `RangeError` for an event above 64 Mi characters.
   */
  next(): Promise<readonly string[] | undefined>;
  /** Reads no further and closes the body, also while `next` waits. */
  close(): void;
}

/**
 * Opens an event stream for reading. Events without data are left out, as is a last event that no blank line ended: it
 * may be cut. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function openEventReader(body: AsyncIterable<Uint8Array>): EventReader {
  const bytes = openByteReader(body);
  const lines: LineState = { rest: "", data: undefined, hasComment: false };
  const toText = openDecoder();
  return {
    async next() {
      for (;;) {
        const chunks = await bytes.read();
        if (chunks === undefined) return undefined;
        const batch: string[] = [];
        lines.hasComment = false;
        try {
          for (const chunk of chunks) readLines(toText(chunk), lines, batch);
        } catch (error) {
          bytes.close();
          throw error;
        }
        if (batch.length > 0 || lines.hasComment) return batch;
      }
    },
    close: () => bytes.close(),
  };
}

/** Decodes chunk by chunk; every kind of line end becomes LF. */
function openDecoder(): (chunk: Uint8Array) => string {
  const decoder = new TextDecoder();
  let endsWithReturn = false;
  return (chunk) => {
    let text = decoder.decode(chunk, { stream: true });
    if (endsWithReturn && text !== "") {
      // The chunk before ended in CR, which was taken for a whole line end already.
      if (text.startsWith("\n")) text = text.slice(1);
      endsWithReturn = false;
    }
    if (!text.includes("\r")) return text;
    endsWithReturn = text.endsWith("\r");
    return text.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  };
}

/** What is left over between two chunks. */
interface LineState {
  /** The begin of a line whose end has not come. */
  rest: string;
  /** The data lines of the event so far. */
  data: string | undefined;
  hasComment: boolean;
}

function readLines(text: string, state: LineState, batch: string[]): void {
  let start = 0;
  // Only what is new is searched, so that a long line in many small chunks stays linear.
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
    if (state.rest === "") {
      readLine(text, { start, end }, state, batch);
    } else {
      const line = state.rest + text.slice(start, end);
      state.rest = "";
      readLine(line, { start: 0, end: line.length }, state, batch);
    }
    start = end + 1;
  }
  if (start < text.length) state.rest += text.slice(start);
  if (state.rest.length + (state.data?.length ?? 0) > MAX_EVENT_LENGTH) {
    throw new RangeError(`An event of the stream is longer than ${MAX_EVENT_LENGTH} characters`);
  }
}

/** Reads the line between `start` and `end` of a text without cutting out what is not data. */
function readLine(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  state: LineState,
  batch: string[],
): void {
  if (start === end) {
    if (state.data !== undefined && state.data !== "") batch.push(state.data);
    state.data = undefined;
  } else if (text.startsWith("data:", start)) {
    const value = text.slice(text.startsWith(" ", start + 5) ? start + 6 : start + 5, end);
    state.data = state.data === undefined ? value : `${state.data}\n${value}`;
  } else if (text.startsWith(":", start)) {
    state.hasComment = true;
  }
}
