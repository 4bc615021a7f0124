import { checkLine, EMPTY_CHAIN, type ChainProblem, type ChainState, type SoundLine } from "./check-line.ts";
import { createLineSplitter, type ByteLine } from "./split-lines.ts";

/** The first place at which a log is not what was written. */
export interface BadPlace {
  /** From 1. */
  readonly line: number;
  /** The number that the record there should have. */
  readonly seq: number;
  readonly reason: ChainProblem;
}

/** Reads a chain from chunks of bytes. */
export interface ChainReader {
  /** Returns whether the log is sound so far; after a bad line nothing more is read. */
  push(chunk: Uint8Array): boolean;
  /** What was found. `tornBytes` are those behind the last line end. */
  finish(): ChainReport;
}

/** What a chain turned out to be. */
export interface ChainReport extends ChainState {
  readonly firstBad: BadPlace | undefined;
  readonly tornBytes: number;
  /** Bytes up to the last line end. */
  readonly soundBytes: number;
}

/** What a reader tells on the way. */
export interface ChainReaderOptions {
  /** A sound record, with its line; the bytes are the reader's and change afterwards. */
  readonly onRecord?: (record: SoundLine, line: ByteLine) => void;
}

/** Makes a reader for one file. */
export function createChainReader({ onRecord }: ChainReaderOptions = {}): ChainReader {
  const splitter = createLineSplitter();
  let state: ChainState = EMPTY_CHAIN;
  let problem: ChainProblem | undefined;

  const read = (chunk: Uint8Array): void => {
    for (const line of splitter.push(chunk)) {
      const next = checkLine(line.bytes, state);
      if (typeof next === "string") {
        problem = next;
        return;
      }
      state = next;
      onRecord?.(next, line);
    }
  };

  return {
    push(chunk) {
      if (problem !== undefined) return false;
      try {
        read(chunk);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        problem = "line_too_long";
      }
      return problem === undefined;
    },
    finish() {
      const { restBytes: tornBytes, offset: soundBytes } = splitter;
      if (problem === undefined && tornBytes > 0) problem = "torn_line";
      if (problem === undefined && state.records === 0) problem = "empty";
      const { records, head } = state;
      const firstBad = problem === undefined ? undefined : { line: records + 1, seq: records, reason: problem };
      return { records, head, firstBad, tornBytes, soundBytes };
    },
  };
}
