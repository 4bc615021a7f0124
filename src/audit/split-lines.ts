/** A longer line than any that a log writes. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** A line of bytes and where it stands. */
export interface ByteLine {
  /** Without the line end. */
  readonly bytes: Uint8Array;
  /** Position of its first byte in the file. */
  readonly offset: number;
}

/** Cuts chunks of bytes into lines, with bounded memory. */
export interface LineSplitter {
  /** The lines that a chunk completes. Throws a `RangeError` for a line longer than `MAX_LINE_BYTES`. */
  push(chunk: Uint8Array): Iterable<ByteLine>;
  /** Bytes after the last line end. */
  readonly restBytes: number;
  /** Position behind the last line end. */
  readonly offset: number;
}

/** Makes a splitter. Lines end with `\n` alone, as a log writes them. */
export function createLineSplitter(): LineSplitter {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let offset = 0;
  return {
    *push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        const piece = chunk.subarray(start, end);
        checkLength(restBytes + piece.length);
        const bytes = rest.length === 0 ? piece : Buffer.concat([...rest, piece]);
        rest = [];
        restBytes = 0;
        start = end + 1;
        const line = { bytes, offset };
        offset += bytes.length + 1;
        yield line;
      }
      if (start === chunk.length) return;
      restBytes += chunk.length - start;
      checkLength(restBytes);
      // A copy, since the reader uses its buffer again; `slice` of a Buffer would be a view.
      rest.push(new Uint8Array(chunk.subarray(start)));
    },
    get restBytes() {
      return restBytes;
    },
    get offset() {
      return offset;
    },
  };
}

function checkLength(bytes: number): void {
  if (bytes > MAX_LINE_BYTES) throw new RangeError(`A line is longer than ${MAX_LINE_BYTES} bytes`);
}
