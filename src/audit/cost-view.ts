import { appendFileSync, closeSync, constants, fstatSync, ftruncateSync, mkdirSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";

import type { JsonValue } from "../spec/index.ts";
import type { AppendedRecord } from "./clean-record.ts";

/** Milliseconds that a cost waits for others. */
const GROUP_MS = 50;
/** More than a line of the view has. */
const LONGEST_LINE = 64 * 1024;

/** A cost that a record tells. */
export interface CostLine {
  readonly timestamp: string;
  readonly event_type: string;
  readonly session_id: string;
  readonly agent: string;
  /** USD. */
  readonly cost: number;
  readonly provider?: JsonValue | undefined;
  readonly model?: JsonValue | undefined;
  /** The log and the number of the record that it comes from. */
  readonly log: string;
  readonly seq: number;
}

/** What all processes of a user spent, in one file of JSON lines. */
export interface CostView {
  append(line: CostLine): void;
  flush(): void;
}

/**
 * Opens a view of costs: a copy of what the logs tell, for people and their scripts. It proves nothing (the logs do) and
 * can be made anew from them. Lines are added whole, so that processes can share the file.
 */
export function openCostView(path: string, onError: (error: unknown) => void): CostView {
  let buffered = "";
  let timer: NodeJS.Timeout | undefined;
  let isThere = false;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (buffered === "") return;
    const text = buffered;
    buffered = "";
    if (!isThere) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      cutTornLine(path);
    }
    isThere = true;
    try {
      appendFileSync(path, text, { mode: 0o600 });
    } catch (error) {
      cutTornLine(path);
      throw error;
    }
  };

  return {
    append(line) {
      buffered += `${JSON.stringify(line)}\n`;
      timer ??= setTimeout(() => {
        try {
          flush();
        } catch (error) {
          onError(error);
        }
      }, GROUP_MS);
    },
    flush,
  };
}

/**
 * A line that did not fit on the disk would stop every script that reads the file. Only after a failure and before the
 * first line: another process may be in the middle of its own.
 */
function cutTornLine(path: string): void {
  const fd = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(LONGEST_LINE, size));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const end = bytes.lastIndexOf(10) + 1;
    if (end < bytes.length) ftruncateSync(fd, size - bytes.length + end);
  } finally {
    closeSync(fd);
  }
}

/** Shows what a record cost, where it cost anything. */
export function showCost(
  view: CostView,
  { type, sessionId, agent, cost, facts }: AppendedRecord,
  { timestamp, log, seq }: Pick<CostLine, "timestamp" | "log" | "seq">,
): void {
  if (cost === undefined) return;
  const { provider, model }: { provider?: string; model?: string } = facts;
  view.append({ timestamp, event_type: type, session_id: sessionId, agent, cost, provider, model, log, seq });
}
