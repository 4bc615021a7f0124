import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

import { createFold, loadSession, sqliteStore } from "../../src/session/index.ts";
import { runsSources } from "../runs-sources.ts";
import { readEvents } from "./invariants.ts";

const SCRIPT = fileURLToPath(new URL("long-session.ts", import.meta.url));

it.skipIf(!runsSources)(
  "a session of 1 000 turns grows by its history, and is the same from its snapshot (skipped on Node 22: no `using`)",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "harness-long-"));
    try {
      const child = spawn(process.execPath, ["--expose-gc", SCRIPT, folder], { stdio: ["ignore", "pipe", "inherit"] });
      let output = "";
      child.stdout.on("data", (data: Buffer) => (output += data.toString()));
      await once(child, "close");
      const { turns, heaps } = JSON.parse(output) as { turns: number; heaps: readonly [number, number] };
      expect(turns).toBe(1001);
      // 800 turns of 300 bytes; what is kept twice or never let go would be many times that.
      expect(heaps[1] - heaps[0]).toBeLessThan(10);
      const store = await sqliteStore(join(folder, "harness.db"));
      const events = await readEvents(store, "s");
      const loaded = await loadSession(store, "s");
      expect(loaded.snapshotEvents, "most of it comes from a snapshot").toBeGreaterThan(events.length - 2100);
      const fold = createFold();
      for (const event of events) fold.apply(event);
      expect(loaded.fold.state).toEqual(fold.state);
      await store.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
