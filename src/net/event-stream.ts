/** Characters that one event may have: a stream without line ends must not eat the memory. */
const MAX_EVENT_LENGTH = 64 * 1024 * 1024;

/**
 * The `data` payloads of a server-sent event stream; those that arrive in one chunk come as one batch. An empty batch
 * means that only comments arrived (a keep-alive). Events without data are left out, as is a last event that no blank
 * line ended: it may be cut. Throws what the body throws, and a `RangeError` for an event above 64 Mi characters.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readEventStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  const lines: LineState = { rest: "", data: undefined, hasComment: false };
  let endsWithReturn = false;
  for await (const chunk of body) {
    let text = decoder.decode(chunk, { stream: true });
    if (endsWithReturn && text !== "") {
      // The chunk before ended in CR, which was taken for a whole line end already.
      if (text.startsWith("\n")) text = text.slice(1);
      endsWithReturn = false;
    }
    if (text.includes("\r")) {
      endsWithReturn = text.endsWith("\r");
      text = text.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
    }
    const batch = readLines(text, lines);
    if (batch.length > 0 || lines.hasComment) yield batch;
    lines.hasComment = false;
  }
}

/** What is left over between two chunks. */
interface LineState {
  /** The begin of a line whose end has not come. */
  rest: string;
  /** The data lines of the event so far. */
  data: string | undefined;
  hasComment: boolean;
}

function readLines(text: string, state: LineState): string[] {
  const batch: string[] = [];
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
  return batch;
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
