import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";

import { createFold, loadSession, readEvent } from "../../src/session/index.ts";
import type { SessionStore } from "../../src/spec/index.ts";
import { digestOf } from "./digest-of.ts";
import { readEvents } from "./invariants.ts";

/** A reader that takes the state of a session as it finds it, and follows its events from there. */
export interface Tail {
  /** Waits for the last event and compares what the reader has with what the journal says. */
  expectSame(): Promise<void>;
}

/** Starts to read a session that others work on. */
export async function openTail(store: SessionStore, sessionId: string): Promise<Tail> {
  const stop = new AbortController();
  // From a snapshot where there is one.
  const { fold, events } = await loadSession({ ...store, snapshotEvery: 1 }, sessionId);
  let position = events;
  const following = (async () => {
    for await (const stored of store.subscribe(sessionId, { after: events, signal: stop.signal })) {
      position += 1;
      const event = readEvent(stored, sessionId);
      if (event !== undefined) fold.apply(event);
    }
  })();
  return {
    async expectSame() {
      const all = await readEvents(store, sessionId);
      for (let tries = 0; position < all.length && tries < 500; tries += 1) await sleep(20);
      stop.abort();
      await following;
      expect(position, `I9: who follows ${sessionId} from event ${events} on gets the rest, once`).toBe(all.length);
      const whole = createFold();
      for (const event of all) whole.apply(event);
      expect(digestOf(fold.state), `I8: state at event ${events} and what followed is the state`).toBe(
        digestOf(whole.state),
      );
    },
  };
}
