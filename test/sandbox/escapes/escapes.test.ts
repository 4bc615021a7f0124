import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import type { SandboxOptions } from "../../../src/sandbox/index.ts";
import { ATTEMPTS } from "./attempts.ts";
import { ESCAPES, MODES, type EscapeMode } from "./expectations.ts";
import { insertTable, PAGE } from "./render-table.ts";
import { openStage, type EscapeStage } from "./stage.ts";
import { hasImage } from "../has-image.ts";

const IMAGE = "harness-test:tools";
const isRequired = process.env["HARNESS_REQUIRE_SERVICES"] === "1";
const isRoot = process.getuid?.() === 0;

const OPTIONS: Readonly<Record<EscapeMode, Omit<SandboxOptions, "cwd">>> = {
  process: { mode: "process" },
  os: { mode: "os" },
  docker: { mode: "docker", docker: { image: IMAGE } },
};

/** For attempts on the disk alone: whoever takes the room, the command that is at work then is ended. */
const DISK = { diskMb: 100 };

const IS_THERE: Readonly<Record<EscapeMode, () => boolean>> = {
  process: () => process.platform === "linux",
  os: () => existsSync("/usr/bin/bwrap"),
  docker: () => hasImage(IMAGE),
};

it("every row of the table has an attempt, and every attempt a row", () => {
  expect(ESCAPES.map(({ name }) => name).sort()).toEqual([...ATTEMPTS.keys()].sort());
});

describe.each(MODES)("escapes from mode %s", (mode) => {
  const isSkipped = !IS_THERE[mode]() && !isRequired;
  const index = MODES.indexOf(mode);

  it.skipIf(isSkipped).for(ESCAPES.map(({ name, expected }) => [name, expected[index] ?? "holds"] as const))(
    "%s: %s (skipped where the mode is not there)",
    async ([name, expected], { skip }) => {
      skip(name === "reach the engine's socket" && !isRequired && !IS_THERE.docker(), "no engine answers here");
      // A host of its own for each: an attempt may ruin its sandbox.
      await using stage: EscapeStage = await openStage(OPTIONS[mode], name.startsWith("fill the ") ? DISK : {});
      const attempt = ATTEMPTS.get(name);
      const got = await attempt?.(stage);
      const hasNamespace = stage.sandbox.isolation.protections?.includes("pid-namespace") === true;
      const isDue =
        expected === "open" || (expected === "unless root" && isRoot) || (expected === "by namespace" && !hasNamespace);
      expect(got, got === true ? "it was a way out" : "it was no way out").toBe(isDue);
    },
  );
});

it("docs/sandboxes.md shows the table as it is (node test/sandbox/escapes/render-table.ts --write)", () => {
  const page = readFileSync(PAGE, "utf8");
  expect(page).toBe(insertTable(page));
});
