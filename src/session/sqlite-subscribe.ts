import { setTimeout as sleep } from "node:timers/promises";

import type { SessionStore } from "../spec/index.ts";
import type { SqliteFile } from "../sqlite/index.ts";
import type { Bell } from "./bell.ts";

/** Milliseconds between two looks for what other processes wrote: SQLite tells nobody. */
const POLL_MS = 20;

interface SubscribeOptions {
  readonly bell: Bell;
  /** Aborted when the store is closed. */
  readonly closed: AbortSignal;
  readonly read: SessionStore["read"];
  readonly countOf: (sessionId: string) => number;
}

/** Where a reader stands. */
interface Place {
  readonly sessionId: string;
  /** The events that it has. */
  readonly next: number;
  /** SQLite's count of changes by others when it last looked. */
  readonly seen: number;
}

/** Follows the events of sessions, whichever process writes them. */
export function createSqliteSubscribe(
  { database }: SqliteFile,
  { bell, closed, read, countOf }: SubscribeOptions,
): SessionStore["subscribe"] {
  const version = database.prepare("PRAGMA data_version");
  const changes = (): number => Number(version.get()?.["data_version"]);

  /** What this process writes rings; what others write changes SQLite's own count. */
  const waitForChange = async ({ sessionId, next, seen }: Place, ended: AbortSignal): Promise<void> => {
    const done = new AbortController();
    const either = AbortSignal.any([ended, done.signal]);
    const rung = bell.listen(sessionId, either).finally(() => done.abort());
    // It may have rung between the last look and the first moment in which somebody listened.
    while (!either.aborted && changes() === seen && countOf(sessionId) <= next) {
      await sleep(POLL_MS, undefined, { signal: either }).catch(() => {});
    }
    done.abort();
    await rung;
  };

  return async function* subscribe(sessionId, { after, signal }) {
    const ended = AbortSignal.any([signal, closed]);
    for (let next = after; !ended.aborted;) {
      const seen = changes();
      const start = next;
      for await (const event of read(sessionId, { after: next })) {
        if (ended.aborted) return;
        next += 1;
        yield event;
      }
      if (next === start && !ended.aborted) await waitForChange({ sessionId, next, seen }, ended);
    }
  };
}
