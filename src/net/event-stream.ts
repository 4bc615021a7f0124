/** Characters that one event may have: a stream without line ends must not eat the memory. */
const MAX_EVENT_LENGTH = 64 * 1024 * 1024;

/** Characters that are kept of what is no event stream. */
const MAX_FOREIGN_LENGTH = 64 * 1024;

/** A field of the format, or the begin of one. */
const FIELD = /^(?:data|event|id|retry)?(?::|$)/;

const WHOLE = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads the `data` payloads of a server-sent event stream out of its bytes, chunk by chunk. Events without data are left
 * out, as is a last event that no blank line ended: it may be cut.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventParser {
  /** Knows the bytes of a character that chunks cut apart. */
  #cut: InstanceType<typeof TextDecoder> | undefined;
  #hasBegun = false;
  #endsWithReturn = false;
  /** The begin of a line whose end has not come. */
  #rest = "";
  /** The data lines of the event so far. */
  #data: string | undefined;
  #hasComment = false;
  /** The lines that are none of the format, until the first event comes. */
  #foreign: string | undefined = "";

  /**
   * The begin of what came in place of events: lines that belong to no event stream, until the first payload. Empty for
   * a stream of events, whole or cut.
   */
  get foreign(): string {
    if (this.#foreign === undefined) return "";
    const rest = FIELD.test(this.#rest) ? "" : this.#rest.slice(0, MAX_FOREIGN_LENGTH);
    return (this.#foreign + rest).trim();
  }

  /**
   * The payloads that a chunk completes; an empty list when it holds comments alone (a keep-alive), `undefined` when it
   * tells nothing yet. Throws a `RangeError` for an event above 64 Mi characters.
   */
  read(chunk: Uint8Array): readonly string[] | undefined {
    const payloads: string[] = [];
    this.#hasComment = false;
    this.#readLines(this.#decode(chunk), payloads);
    return payloads.length > 0 || this.#hasComment ? payloads : undefined;
  }

  /** Every kind of line end becomes LF. */
  #decode(chunk: Uint8Array): string {
    let text = this.#toText(chunk);
    if (!this.#hasBegun && text !== "") {
      this.#hasBegun = true;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    if (this.#endsWithReturn && text !== "") {
      // The chunk before ended in CR, which was taken for a whole line end already.
      if (text.startsWith("\n")) text = text.slice(1);
      this.#endsWithReturn = false;
    }
    if (!text.includes("\r")) return text;
    this.#endsWithReturn = text.endsWith("\r");
    return text.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  }

  /** Most chunks end with a line: only others need a decoder that remembers, which costs several times as much. */
  #toText(chunk: Uint8Array): string {
    const isWhole = (chunk.at(-1) ?? 0) < 0x80;
    if (this.#cut === undefined && isWhole) return WHOLE.decode(chunk);
    this.#cut ??= new TextDecoder("utf-8", { ignoreBOM: true });
    const text = this.#cut.decode(chunk, { stream: true });
    // Nothing is left over then.
    if (isWhole) this.#cut = undefined;
    return text;
  }

  #readLines(text: string, payloads: string[]): void {
    let start = 0;
    // Only what is new is searched, so that a long line in many small chunks stays linear.
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#readLine(this.#rest + text.slice(start, end), payloads);
      this.#rest = "";
      start = end + 1;
    }
    this.#rest += text.slice(start);
    if (this.#rest.length + (this.#data?.length ?? 0) > MAX_EVENT_LENGTH) {
      throw new RangeError(`An event of the stream is longer than ${MAX_EVENT_LENGTH} characters`);
    }
  }

  #readLine(line: string, payloads: string[]): void {
    if (line === "") {
      if (this.#data !== undefined && this.#data !== "") {
        payloads.push(this.#data);
        this.#foreign = undefined;
      }
      this.#data = undefined;
    } else if (line.startsWith("data:")) {
      const value = line.slice(line.startsWith(" ", 5) ? 6 : 5);
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    } else if (line.startsWith(":")) {
      this.#hasComment = true;
    } else if (this.#foreign !== undefined && this.#foreign.length < MAX_FOREIGN_LENGTH && !FIELD.test(line)) {
      this.#foreign += `${line.slice(0, MAX_FOREIGN_LENGTH)}\n`;
    }
  }
}
