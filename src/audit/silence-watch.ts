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

/** When a log that was not closed was alive for the last time. */
export interface LastSign {
  /** Time of the last record, ISO 8601. */
  readonly timestamp: string;
  /** Milliseconds since then. */
  readonly ms: number;
  /** Milliseconds between two heartbeats, as the log announced. */
  readonly announcedMs: number;
}

/** Looks for silences while a log is read. */
export interface SilenceWatch {
  readonly found: readonly Silence[];
  /** The last record, where it is longer ago than heartbeats allow. */
  last(now: number): LastSign | undefined;
  /** Takes the next record: its number, how its line begins, and the line. */
  see(seq: number, start: string, line: Uint8Array): void;
}

const TIMESTAMP = '"timestamp":"';
const TIMESTAMP_LENGTH = 24;
const HEARTBEAT = '"event_type":"heartbeat"';
/** Written long after the record before it, by whoever found the log of a writer that died: it tells so itself. */
const RECOVERED = '"event_type":"log_recovered"';
const MOST = 100;

/** What the index knows of a log. */
export interface KnownPauses {
  /** Records at which it was closed: it was not silent until it was opened again. */
  readonly pauses: readonly number[];
  /** Milliseconds between the heartbeats of its last writer. */
  readonly heartbeatMs: number | undefined;
}

/**
 * Makes a watch for one log. A silence is longer than two heartbeats: one may be late. What a heartbeat announces holds
 * for the time before it, too.
 */
export function createSilenceWatch({ pauses, heartbeatMs }: KnownPauses): SilenceWatch {
  const found: Silence[] = [];
  const closed = new Set(pauses);
  let announcedMs: number | undefined;
  let before: string | undefined;
  return {
    found,
    see(seq, start, line) {
      const from = start.indexOf(TIMESTAMP) + TIMESTAMP.length;
      const timestamp = start.slice(from, from + TIMESTAMP_LENGTH);
      if (start.includes(HEARTBEAT)) announcedMs = readInterval(line) ?? announcedMs;
      // Times are read only where they matter: millions of records come through here.
      if (announcedMs !== undefined && before !== undefined && timestamp !== before) {
        const ms = Date.parse(timestamp) - Date.parse(before);
        const isSilent = ms > 2 * announcedMs && !closed.has(seq) && !start.includes(RECOVERED);
        if (isSilent && found.length < MOST) found.push({ seq, ms, announcedMs });
      }
      before = timestamp;
    },
    last(now) {
      const intervalMs = announcedMs ?? heartbeatMs;
      if (before === undefined || intervalMs === undefined) return undefined;
      const ms = now - Date.parse(before);
      return ms > 2 * intervalMs ? { timestamp: before, ms, announcedMs: intervalMs } : undefined;
    },
  };
}

function readInterval(line: Uint8Array): number | undefined {
  const { intervalMs } = parseRecord(Buffer.from(line).toString())?.data ?? {};
  return typeof intervalMs === "number" && intervalMs > 0 ? intervalMs : undefined;
}
