import { checkLine, EMPTY_CHAIN, type ChainProblem, type ChainState } from "./audit-record.ts";
import { createLineSplitter } from "./split-lines.ts";

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

/** Makes a reader for one file. */
export function createChainReader(): ChainReader {
  const splitter = createLineSplitter();
  let state: ChainState = EMPTY_CHAIN;
  let problem: ChainProblem | undefined;

  const read = (chunk: Uint8Array): void => {
    for (const { bytes } of splitter.push(chunk)) {
      const next = checkLine(bytes, state);
      if (typeof next === "string") {
        problem = next;
        return;
      }
      state = next;
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
      const firstBad =
        problem === undefined ? undefined : { line: state.records + 1, seq: state.records, reason: problem };
      return { ...state, firstBad, tornBytes, soundBytes };
    },
  };
}
