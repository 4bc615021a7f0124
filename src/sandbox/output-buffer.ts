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
  const dropped = { stdout: 0, stderr: 0 };
  const head: Piece[] = [];
  let tail: Piece[] = [];
  let headRoom = Math.ceil(maxBytes / 2);
  let tailRoom = maxBytes - headRoom;
  let tailBytes = 0;
  let isHeadFull = false;
  let bytes = 0;

  const keep = (text: string, stream: OutputStream): void => {
    if (text === "") return;
    onText(text, stream);
    let rest = text;
    if (!isHeadFull) {
      const kept = firstBytes(text, headRoom);
      const keptBytes = Buffer.byteLength(kept);
      if (kept !== "") append(head, { stream, text: kept, bytes: keptBytes });
      headRoom -= keptBytes;
      rest = text.slice(kept.length);
      isHeadFull = rest !== "" || headRoom === 0;
      // A character that did not fit leaves its room to the end.
      if (isHeadFull) tailRoom += headRoom;
    }
    if (rest === "") return;
    const restBytes = Buffer.byteLength(rest);
    append(tail, { stream, text: rest, bytes: restBytes });
    tailBytes += restBytes;
    let first = 0;
    for (; first < tail.length; first += 1) {
      const piece = tail[first];
      if (piece === undefined || tailBytes - piece.bytes < tailRoom) break;
      tailBytes -= piece.bytes;
      dropped[piece.stream] += piece.bytes;
    }
    if (first > 0) tail = tail.slice(first);
  };

  const trimTail = (): void => {
    const [piece] = tail;
    if (piece === undefined || tailBytes <= tailRoom) return;
    const text = lastBytes(piece.text, piece.bytes - (tailBytes - tailRoom));
    dropped[piece.stream] += piece.bytes - Buffer.byteLength(text);
    piece.text = text;
  };

  const join = (streams: readonly OutputStream[]): string => {
    const ofStreams = (pieces: readonly Piece[]): string =>
      pieces.map(({ stream, text }) => (streams.includes(stream) ? text : "")).join("");
    const gone = streams.reduce((sum, stream) => sum + dropped[stream], 0);
    const gap = gone === 0 ? "" : `\n… ${gone} bytes left out …\n`;
    return `${ofStreams(head)}${gap}${ofStreams(tail)}`;
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
      trimTail();
      return {
        stdout: join(["stdout"]),
        stderr: join(["stderr"]),
        output: join(["stdout", "stderr"]),
        truncated: dropped.stdout + dropped.stderr > 0,
      };
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
