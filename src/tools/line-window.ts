import { cutText, numberLines } from "./number-lines.ts";

const MAX_LINE_LENGTH = 2000;
/** A character has at most four bytes. */
const MAX_LINE_BYTES = 4 * MAX_LINE_LENGTH;
const CUT_MARK = "… [truncated]";
const NEWLINE = 0x0a;

/** Which lines to keep of a file. */
export interface LineWindowOptions {
  /** From 1. */
  readonly offset: number;
  readonly limit: number;
  /** Characters of all kept lines together. */
  readonly maxLength: number;
}

/** Reads lines out of bytes that come in pieces; keeps the wanted ones and counts the others. */
export interface LineWindow {
  push(bytes: Uint8Array): void;
  /** The last line may have no line break. */
  end(): void;
  readonly isFull: boolean;
  /** How many lines the file has had so far. */
  readonly lineCount: number;
  /** The next line after the kept ones. */
  readonly nextOffset: number;
  /** The kept lines, numbered. */
  text(): string;
}

/** Opens a window. `push` throws a `TypeError` when a kept line is not UTF-8 text. */
export function openLineWindow({ offset, limit, maxLength }: LineWindowOptions): LineWindow {
  const lines: string[] = [];
  let length = 0;
  let lineCount = 0;
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  let lineBytes = 0;
  const isFull = (): boolean => lines.length >= limit || length >= maxLength;
  const isWanted = (): boolean => lineCount + 1 >= offset && !isFull();

  const add = (bytes: Uint8Array): void => {
    lineBytes += bytes.length;
    if (!isWanted() || partBytes >= MAX_LINE_BYTES) return;
    const part = bytes.subarray(0, MAX_LINE_BYTES - partBytes);
    parts.push(part);
    partBytes += part.length;
  };
  const endLine = (): void => {
    if (isWanted()) {
      const line = decodeLine(Buffer.concat(parts), { isCut: lineBytes > partBytes, isFirst: lineCount === 0 });
      lines.push(line);
      length += line.length + 8;
    }
    lineCount += 1;
    parts = [];
    partBytes = 0;
    lineBytes = 0;
  };
  return {
    push(bytes) {
      let start = 0;
      while (start < bytes.length) {
        const end = bytes.indexOf(NEWLINE, start);
        add(bytes.subarray(start, end === -1 ? bytes.length : end));
        if (end === -1) return;
        endLine();
        start = end + 1;
      }
    },
    end() {
      if (lineBytes > 0) endLine();
    },
    get isFull() {
      return isFull();
    },
    get lineCount() {
      return lineCount;
    },
    get nextOffset() {
      return offset + lines.length;
    },
    text: () => numberLines(lines, offset),
  };
}

function decodeLine(
  bytes: Uint8Array,
  { isCut, isFirst }: { readonly isCut: boolean; readonly isFirst: boolean },
): string {
  // With `stream` a character that the cut went through is left out instead of refused.
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: !isFirst }).decode(bytes, { stream: isCut });
  if (text.includes("\0")) throw new TypeError("The line has a NUL in it");
  const line = text.endsWith("\r") ? text.slice(0, -1) : text;
  return isCut || line.length > MAX_LINE_LENGTH ? cutText(line, MAX_LINE_LENGTH) + CUT_MARK : line;
}
