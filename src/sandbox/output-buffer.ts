import { StringDecoder } from "node:string_decoder";

/** Which of a command's two streams a text came from. */
export type OutputStream = "stdout" | "stderr";

/** What was kept of a command's output. */
export interface CollectedOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Both in the order in which they came. */
  readonly output: string;
  readonly truncated: boolean;
}

/** Collects output and forgets what is in the middle. */
export interface OutputBuffer {
  write(chunk: Uint8Array, stream: OutputStream): void;
  /** All bytes that came so far. */
  readonly bytes: number;
  /** Ends both streams and gives what was kept. */
  end(): CollectedOutput;
}

interface Piece {
  readonly stream: OutputStream;
  text: string;
  bytes: number;
}

/** Small pieces are joined up to this size, so that a flood of single bytes costs no object each. */
const PIECE_BYTES = 16 * 1024;

/**
 * Keeps the beginning and the end of an output, half of `maxBytes` each: the first lines say what was done, the last
 * ones how it ended. Memory stays bounded whatever comes; a UTF-8 character is never cut, in the text kept as in
 * what `onText` gets.
 */
export function createOutputBuffer(
  maxBytes: number,
  onText: (text: string, stream: OutputStream) => void = () => {},
): OutputBuffer {
  const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  const head = createHead(Math.ceil(maxBytes / 2));
  const tail = createTail();
  let bytes = 0;

  const keep = (text: string, stream: OutputStream): void => {
    if (text === "") return;
    onText(text, stream);
    const rest = head.take(text, stream);
    // What did not fit at the beginning leaves its room to the end.
    if (rest !== "") tail.push(rest, stream, maxBytes - head.bytes);
  };

  const join = (streams: readonly OutputStream[]): string => {
    const ofStreams = (pieces: readonly Piece[]): string =>
      pieces.map(({ stream, text }) => (streams.includes(stream) ? text : "")).join("");
    const gone = streams.reduce((sum, stream) => sum + tail.dropped[stream], 0);
    const gap = gone === 0 ? "" : `\n… ${gone} bytes left out …\n`;
    return `${ofStreams(head.pieces)}${gap}${ofStreams(tail.pieces)}`;
  };

  return {
    write(chunk, stream) {
      bytes += chunk.length;
      keep(decoders[stream].write(chunk), stream);
    },
    get bytes() {
      return bytes;
    },
    end() {
      keep(decoders.stdout.end(), "stdout");
      keep(decoders.stderr.end(), "stderr");
      tail.trim(maxBytes - head.bytes);
      return {
        stdout: join(["stdout"]),
        stderr: join(["stderr"]),
        output: join(["stdout", "stderr"]),
        truncated: tail.dropped.stdout + tail.dropped.stderr > 0,
      };
    },
  };
}

interface Head {
  readonly pieces: readonly Piece[];
  readonly bytes: number;
  /** Keeps what fits and gives the rest; nothing fits any more once something did not. */
  take(text: string, stream: OutputStream): string;
}

function createHead(maxBytes: number): Head {
  const pieces: Piece[] = [];
  let bytes = 0;
  let isFull = false;
  return {
    pieces,
    get bytes() {
      return bytes;
    },
    take(text, stream) {
      if (isFull) return text;
      const kept = firstBytes(text, maxBytes - bytes);
      const keptBytes = Buffer.byteLength(kept);
      if (kept !== "") append(pieces, { stream, text: kept, bytes: keptBytes });
      bytes += keptBytes;
      const rest = text.slice(kept.length);
      isFull = rest !== "";
      return rest;
    },
  };
}

interface Tail {
  readonly pieces: readonly Piece[];
  /** Bytes that were forgotten. */
  readonly dropped: Readonly<Record<OutputStream, number>>;
  /** Adds a text and forgets whole pieces that `maxBytes` has no room for. */
  push(text: string, stream: OutputStream, maxBytes: number): void;
  /** Forgets to the byte. */
  trim(maxBytes: number): void;
}

function createTail(): Tail {
  const dropped = { stdout: 0, stderr: 0 };
  let pieces: Piece[] = [];
  let bytes = 0;
  return {
    get pieces() {
      return pieces;
    },
    dropped,
    push(text, stream, maxBytes) {
      const added = Buffer.byteLength(text);
      append(pieces, { stream, text, bytes: added });
      bytes += added;
      let first = 0;
      for (const piece of pieces) {
        if (bytes - piece.bytes < maxBytes) break;
        bytes -= piece.bytes;
        dropped[piece.stream] += piece.bytes;
        first += 1;
      }
      if (first > 0) pieces = pieces.slice(first);
    },
    trim(maxBytes) {
      const [piece] = pieces;
      if (piece === undefined || bytes <= maxBytes) return;
      const text = lastBytes(piece.text, piece.bytes - (bytes - maxBytes));
      dropped[piece.stream] += piece.bytes - Buffer.byteLength(text);
      piece.text = text;
    },
  };
}

function append(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (last === undefined || last.stream !== piece.stream || last.bytes + piece.bytes > PIECE_BYTES) {
    pieces.push(piece);
    return;
  }
  last.text += piece.text;
  last.bytes += piece.bytes;
}

function firstBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const all = Buffer.from(text);
  let end = Math.min(maxBytes, all.length);
  while (end > 0 && isInsideCharacter(all[end])) end -= 1;
  return all.toString("utf8", 0, end);
}

function lastBytes(text: string, maxBytes: number): string {
  const all = Buffer.from(text);
  let start = all.length - maxBytes;
  while (isInsideCharacter(all[start])) start += 1;
  return all.toString("utf8", start);
}

function isInsideCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
