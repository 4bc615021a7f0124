import { hash } from "node:crypto";

import { commit, GENESIS, SEAL_START } from "./seal-record.ts";

/** Why a log is not what was written. */
export type ChainProblem =
  /** Not a line that a log could have written. */
  | "malformed"
  /** Its bytes are not those that were hashed: it was edited. */
  | "wrong_hash"
  /** It does not follow the line before: one was removed, added or moved. */
  | "broken_link"
  /** Its number is not the next one. */
  | "wrong_sequence"
  /** The content beside it is not what it commits to. */
  | "content_changed"
  /** It commits to content that is not there, and was not erased. */
  | "content_missing"
  /** The last line has no end: a crash, or a cut. */
  | "torn_line"
  | "line_too_long"
  /** A log has a record from its first moment on: the file was emptied. */
  | "empty"
  /** It cannot be read, or is no regular file. */
  | "unreadable"
  /** It has fewer records than index or checkpoints say: its end was cut off, or an older copy was put in its place. */
  | "truncated"
  /** It holds together and is not what index or checkpoints say: somebody hashed it anew, from here on or later. */
  | "rewritten"
  /** The index says that it was closed before this record, and that nobody opened it again. */
  | "added"
  /** The index names it, and it is not there. */
  | "missing";

/** A chain as far as it was read. */
export interface ChainState {
  /** Records that are sound. */
  readonly records: number;
  /** Hash of the last one; `GENESIS` before the first. */
  readonly head: string;
}

/** The state before the first record. */
export const EMPTY_CHAIN: ChainState = { records: 0, head: GENESIS };

/** A line that is sound. */
export interface SoundLine extends ChainState {
  readonly isErased: boolean;
}

/** `,"hash":"` + 64 hex digits + `"`: behind it a line ends, or its content follows. */
const SEAL = 9 + 64 + 1;
/** `"prev":"` + 64 + `"`, right before the seal. */
const PREV = 8 + 64 + 1;
/** `,"commitment":"` + 64 + `"`, right before `,"prev"`. */
const COMMITMENT = 15 + 64 + 1;
/** `,"salt":"` + 22 + `","content":`. */
const SALT = 9 + 22 + 12;
const BRACE = 0x7d;
const QUOTE = 0x22;

/**
 * What stands in the place of a content that was erased, `length` bytes with its salt. It says how many they are, so that a
 * space more or less shows.
 */
export function erasedMark(length: number): string {
  return `,"erased":true,"bytes":${length}}`.padEnd(length);
}

/** The next state of a chain, or what is wrong with the line. Looks at bytes only: millions of lines are checked so. */
export function checkLine(bytes: Uint8Array, state: ChainState): SoundLine | ChainProblem {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = splitLine(line);
  if (parts === undefined) return "malformed";
  const { border, kind } = parts;
  const stored = line.toString("latin1", border + 9, border + SEAL - 1);
  if (hashBody(line, border) !== stored) return "wrong_hash";
  if (!startsWith(line, 0, `{"v":2,"seq":${state.records},`)) {
    return startsWith(line, 0, '{"v":2,"seq":') ? "wrong_sequence" : "malformed";
  }
  const prevAt = border - PREV;
  if (!startsWith(line, prevAt - 1, ',"prev":"')) return "malformed";
  if (line.toString("latin1", prevAt + 8, border - 1) !== state.head) return "broken_link";
  const problem = checkContent(line, { border, kind, commitment: commitmentAt(line, prevAt - 1) });
  return problem ?? { records: state.records + 1, head: stored, isErased: kind === "erased" };
}

interface LineParts {
  /** Where the seal begins: what stands before it, and `}`, was hashed. */
  readonly border: number;
  readonly kind: "plain" | "content" | "erased";
}

/** Where a line's seal is, and what follows it; `undefined` for a line that is none. */
export function splitLine(line: Buffer): LineParts | undefined {
  const border = line.indexOf(SEAL_START);
  const rest = border + SEAL;
  if (border < 1 || !isHex(line, border + 9, 64) || line[rest - 1] !== QUOTE) return undefined;
  if (line.length === rest + 1 && line[rest] === BRACE) return { border, kind: "plain" };
  if (startsWith(line, rest, ',"salt":"') && line[line.length - 1] === BRACE) return { border, kind: "content" };
  return isErased(line, rest) ? { border, kind: "erased" } : undefined;
}

function isErased(line: Buffer, at: number): boolean {
  return startsWith(line, at, ERASED_START) && startsWith(line, at, erasedMark(line.length - at));
}

const ERASED_START = ',"erased":true,';

/** Hashes a line up to its seal with a closing brace behind, without copying it. */
function hashBody(line: Buffer, border: number): string {
  const kept = line[border] ?? 0;
  line[border] = BRACE;
  const digest = hash("sha256", line.subarray(0, border + 1));
  line[border] = kept;
  return digest;
}

/** The commitment that ends before `end`, where there is one. */
function commitmentAt(line: Buffer, end: number): string | undefined {
  const at = end - COMMITMENT;
  return startsWith(line, at, ',"commitment":"') ? line.toString("latin1", at + 15, end - 1) : undefined;
}

function checkContent(
  line: Buffer,
  { border, kind, commitment }: LineParts & { readonly commitment: string | undefined },
): ChainProblem | undefined {
  if (kind === "plain") return commitment === undefined ? undefined : "content_missing";
  if (commitment === undefined) return "malformed";
  if (kind === "erased") return undefined;
  const at = border + SEAL;
  if (!startsWith(line, at + 31, '","content":')) return "content_changed";
  const salt = line.toString("latin1", at + 9, at + 31);
  const content = line.toString("utf8", at + SALT, line.length - 1);
  return commit(salt, content) === commitment ? undefined : "content_changed";
}

function startsWith(line: Buffer, at: number, text: string): boolean {
  return at >= 0 && line.toString("latin1", at, at + text.length) === text;
}

function isHex(line: Buffer, from: number, length: number): boolean {
  for (let index = from; index < from + length; index += 1) {
    const byte = line[index] ?? 0;
    if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return false;
  }
  return true;
}
