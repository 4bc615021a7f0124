import { hash } from "node:crypto";

import type { JsonObject } from "../spec/index.ts";

/** One line of an audit log, its keys in the order in which they are written. */
export interface AuditRecord {
  /** Version of the line's shape. */
  readonly v: 1;
  /** Counts the records of the file from 0, without gaps. */
  readonly seq: number;
  /** When it was written: ISO 8601, UTC, milliseconds. */
  readonly ts: string;
  readonly session: string;
  readonly agent: string;
  readonly type: string;
  readonly callId?: string;
  readonly tool?: string;
  readonly data: JsonObject;
  /** `hash` of the record before; 64 zeros in the first one. */
  readonly prev: string;
  /** SHA-256 in hex over the line's bytes without this field: see `sealRecord`. */
  readonly hash: string;
}

/** A record that is not in a chain yet. */
export type AuditBody = Omit<AuditRecord, "v" | "seq" | "prev" | "hash">;

/** What the first record of a file has as `prev`. */
export const GENESIS = "0".repeat(64);

/** `,"hash":"` + 64 hex digits + `"}`: the last bytes of every line. */
const SEAL_LENGTH = 9 + 64 + 2;

/** A sealed record: its line without the line end, and its hash. */
export interface SealedRecord {
  readonly line: string;
  readonly hash: string;
}

/**
 * Puts a record into the chain. A line is `<body>,"hash":"<hash>"}` and the hash is SHA-256 over the UTF-8 bytes
 * `<body>}`: the record as JSON without its last field. So anybody verifies a log with what every system has: take the
 * last 75 bytes off a line, add `}`, hash, compare; and compare `prev` with the hash of the line before. The bytes as
 * they are stored count, so nothing needs to be parsed or put into a canonical form.
 */
export function sealRecord(body: AuditBody, seq: number, prev: string): SealedRecord {
  const { ts, session, agent, type, callId, tool, data } = body;
  // Fields that are `undefined` are left out by JSON.
  const json = JSON.stringify({ v: 1, seq, ts, session, agent, type, callId, tool, data, prev });
  const digest = hash("sha256", json);
  return { line: `${json.slice(0, -1)},"hash":"${digest}"}`, hash: digest };
}

/** Why a line does not belong where it stands. */
export type ChainProblem =
  /** Not a line that a log could have written. */
  | "malformed"
  /** Its bytes are not those that were hashed: it was edited. */
  | "wrong_hash"
  /** It does not follow the line before: one was removed, added or moved. */
  | "broken_link"
  /** Its number is not the next one. */
  | "wrong_sequence"
  /** The last line has no end: a crash, or a cut. */
  | "torn_line"
  | "line_too_long"
  /** A log has a record from its first moment on: the file was emptied. */
  | "empty"
  | "unreadable";

/** A chain as far as it was read. */
export interface ChainState {
  /** Records that are sound. */
  readonly records: number;
  /** Hash of the last one; `GENESIS` before the first. */
  readonly head: string;
}

/** The state before the first record. */
export const EMPTY_CHAIN: ChainState = { records: 0, head: GENESIS };

/** The next state of a chain, or what is wrong with the line. */
export function checkLine(line: Uint8Array, state: ChainState): ChainState | ChainProblem {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  const border = bytes.length - SEAL_LENGTH;
  const seal = /^,"hash":"([0-9a-f]{64})"\}$/.exec(border > 0 ? bytes.toString("latin1", border) : "");
  const stored = seal?.[1];
  if (stored === undefined) return "malformed";
  const body = Buffer.concat([bytes.subarray(0, border), Buffer.from("}")]);
  if (hash("sha256", body) !== stored) return "wrong_hash";
  const record = parseRecord(bytes.toString());
  if (record === undefined) return "malformed";
  if (record.seq !== state.records) return "wrong_sequence";
  if (record.prev !== state.head) return "broken_link";
  return { records: state.records + 1, head: stored };
}

/** A line as a record; `undefined` for a line that is none. Tells nothing about the chain. */
export function parseRecord(line: string): AuditRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is AuditRecord {
  if (typeof value !== "object" || value === null) return false;
  const { v, seq, data, ...texts }: Partial<Record<keyof AuditRecord, unknown>> = value;
  const isText = (text: unknown): boolean => typeof text === "string";
  return (
    v === 1 &&
    Number.isSafeInteger(seq) &&
    typeof data === "object" &&
    data !== null &&
    [texts.ts, texts.session, texts.agent, texts.type, texts.prev, texts.hash].every(isText) &&
    [texts.callId, texts.tool].every((text) => text === undefined || isText(text))
  );
}
