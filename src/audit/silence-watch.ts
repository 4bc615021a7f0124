import { parseRecord } from "./parse-record.ts";

/** A time in which a log had no record though it had announced heartbeats. */
export interface Silence {
  /** The first record after it. */
  readonly seq: number;
  /** Milliseconds without a record. */
  readonly ms: number;
  /** Milliseconds between two heartbeats, as the log announced. */
  readonly announcedMs: number;
}

/** Looks for silences while a log is read. */
export interface SilenceWatch {
  readonly found: readonly Silence[];
  /** Takes the next record: its number, how its line begins, and the line. */
  see(seq: number, start: string, line: Uint8Array): void;
}

const TIMESTAMP = '"timestamp":"';
const TIMESTAMP_LENGTH = 24;
const HEARTBEAT = '"event_type":"heartbeat"';
/** Written long after the record before it, by whoever found the log of a writer that died: it tells so itself. */
const RECOVERED = '"event_type":"log_recovered"';
const MOST = 100;

/**
 * Makes a watch for one log. A silence is longer than two heartbeats: one may be late. What a heartbeat announces holds
 * for the time before it, too.
 */
export function createSilenceWatch(): SilenceWatch {
  const found: Silence[] = [];
  let announcedMs: number | undefined;
  let before: number | undefined;
  return {
    found,
    see(seq, start, line) {
      const from = start.indexOf(TIMESTAMP) + TIMESTAMP.length;
      const now = Date.parse(start.slice(from, from + TIMESTAMP_LENGTH));
      if (start.includes(HEARTBEAT)) announcedMs = readInterval(line) ?? announcedMs;
      const ms = before === undefined ? 0 : now - before;
      if (announcedMs !== undefined && ms > 2 * announcedMs && !start.includes(RECOVERED) && found.length < MOST) {
        found.push({ seq, ms, announcedMs });
      }
      before = now;
    },
  };
}

function readInterval(line: Uint8Array): number | undefined {
  const { intervalMs } = parseRecord(Buffer.from(line).toString())?.data ?? {};
  return typeof intervalMs === "number" && intervalMs > 0 ? intervalMs : undefined;
}
