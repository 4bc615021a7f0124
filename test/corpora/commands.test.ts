import { fileURLToPath } from "node:url";

import { beforeAll, describe, expect, it } from "vitest";

import { PolicyEngine } from "../../src/policy/index.ts";
import { FUZZ_SEED } from "../fuzz-seed.ts";
import { fuzzCommands } from "./fuzz-commands.ts";
import { readCalls, type CorpusCall } from "./read-calls.ts";
import { canRunBash, runInBash, type Patience } from "./run-in-bash.ts";

const CWD = "/srv/of-nobody/project";
const FUZZ_CASES = 400;

let engine: PolicyEngine;
beforeAll(async () => {
  const path = fileURLToPath(new URL("commands/policy.yml", import.meta.url));
  engine = await PolicyEngine.load({ paths: [path], discover: false, cwd: CWD, home: "/home/nobody" });
});

const effectOf = ({ tool, args }: Pick<CorpusCall, "tool" | "args">): string =>
  engine.check({ tool, args, cwd: CWD, agent: "main", isTainted: false }).effect;

/** Bash is only asked where it can be held; where services are required, not being able to is a failure. */
const bash = canRunBash || process.env["HARNESS_REQUIRE_SERVICES"] === "1" ? describe : describe.skip;

describe("PolicyEngine.check() over the corpora of commands", () => {
  it.each(["evasions", "writes"])("misses nothing in %s", (name) => {
    const wrong = readCalls(`commands/${name}`).flatMap((entry) => {
      const effect = effectOf(entry);
      const isRight = entry.expect === "deny" ? effect === "deny" : effect === "deny" || effect === "ask";
      return isRight ? [] : [`${entry.id}: ${effect}, not ${entry.expect}`];
    });
    expect(wrong).toEqual([]);
  });

  it("lets through what only looks like a forbidden command", () => {
    const wrong = readCalls("commands/lookalikes").filter((entry) => effectOf(entry) !== "allow");
    expect(wrong).toEqual([]);
  });

  it("denies no ordinary command and asks about less than 2 %", () => {
    const ordinary = readCalls("commands/ordinary");
    expect(ordinary.length).toBeGreaterThanOrEqual(500);
    const effects = ordinary.map((entry) => [entry.id, effectOf(entry)] as const);
    expect(effects.filter(([, effect]) => effect === "deny")).toEqual([]);
    const asked = effects.filter(([, effect]) => effect !== "allow").map(([id]) => id);
    expect([asked.length < ordinary.length * 0.02, asked]).toEqual([true, asked]);
  });

  it("has enough of them, each with a number of its own", () => {
    const all = ["evasions", "writes", "lookalikes", "ordinary"].map((name) => readCalls(`commands/${name}`));
    expect(all[0]?.length).toBeGreaterThanOrEqual(400);
    for (const entries of all) {
      expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
      expect(entries.every(({ id, tool, args }) => id !== "" && tool !== "" && args["command"] !== "")).toBe(true);
    }
  });
});

bash("real bash", () => {
  it("runs what the corpus says that it runs, and nothing of what only looks like it", () => {
    const claimed = readCalls("commands/evasions").filter(({ ranInBash }) => ranInBash);
    const lookalikes = readCalls("commands/lookalikes").filter(({ args }) => String(args["command"]).includes("curl"));
    const entries = [...claimed, ...lookalikes];
    const isWrong = (tried: readonly CorpusCall[], patience?: Patience): readonly CorpusCall[] => {
      const ran = runInBash(
        tried.map(({ args }) => String(args["command"])),
        patience,
      );
      return tried.filter((entry, at) => ran[at] !== entry.ranInBash);
    };
    // On a busy machine a program may take longer than the limit: what looks wrong is tried once more, with patience.
    const suspects = isWrong(entries);
    const wrong = suspects.length === 0 ? [] : isWrong(suspects, { seconds: 20, looks: 40 });
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  it("runs nothing that the policy would have let through, whatever chance puts together", () => {
    const commands = fuzzCommands(Number(process.env["HARNESS_FUZZ_CASES"] ?? FUZZ_CASES), FUZZ_SEED);
    const ran = runInBash(commands);
    const suspects = commands.filter(
      (command, at) => ran[at] === true && !/^(?:deny|ask)$/.test(effectOf({ tool: "Bash", args: { command } })),
    );
    // What an earlier command left at work may run a program in the place of a later one: suspects are tried by themselves.
    const missed = suspects.filter((command) => runInBash([command])[0] === true);
    expect(missed).toEqual([]);
    // Where nothing ran, nothing was tested.
    expect(ran.filter(Boolean).length).toBeGreaterThan(commands.length / 50);
  });
});
