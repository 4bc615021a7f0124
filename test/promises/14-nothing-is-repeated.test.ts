import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

import { expectInvariants, readLines, type Effect } from "../kill/invariants.ts";
import { answerAll, look, runChild } from "../kill/run-child.ts";
import { runsSources } from "../runs-sources.ts";

// A process of the matrix runs the sources.
it.skipIf(!runsSources)(
  "promise 14: a call that may happen once is not repeated after kill -9 until a person says that it did not happen",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "harness-promise-"));
    try {
      const killed = await runChild({ folder, scenario: "once", mode: "begin", fault: "mid-call:kill" });
      expect(killed.signal).toBe("SIGKILL");
      for (let tries = 0; tries < 2; tries += 1) {
        expect((await runChild({ folder, scenario: "once", mode: "resume" })).output).toContain("paused");
      }
      expect(readLines<Effect>(folder, "effects")).toHaveLength(1);
      const { waiting } = await look(folder, "s");
      expect(waiting.map(({ question }) => question.about)).toEqual(["outcome"]);
      await answerAll(folder, "retry");
      expect((await runChild({ folder, scenario: "once", mode: "resume" })).output).toContain("end_turn");
      const keys = readLines<Effect>(folder, "effects")
        .filter(({ what }) => what === "a")
        .map(({ idempotencyKey }) => idempotencyKey);
      expect(keys).toHaveLength(2);
      expect(new Set(keys).size).toBe(1);
      await expectInvariants(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
