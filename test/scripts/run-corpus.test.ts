import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const RUNNER = fileURLToPath(new URL("../../scripts/run-corpus.ts", import.meta.url));

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-corpus-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** An adapter that gives one answer to every call, but to the first. */
async function runWith(effect: string): Promise<{ status: number | null; scores: readonly Record<string, unknown>[] }> {
  const adapter = join(folder, "adapter.mjs");
  await writeFile(
    adapter,
    `import { createInterface } from "node:readline";
     let count = 0;
     for await (const line of createInterface({ input: process.stdin })) {
       if (count++ > 0) console.log(JSON.stringify({ id: JSON.parse(line).id, effect: ${JSON.stringify(effect)} }));
     }`,
  );
  const args = [
    RUNNER,
    "--json",
    "--with",
    `"${process.execPath}" "${adapter}"`,
    "commands/writes",
    "commands/lookalikes",
  ];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  // What the runner prints.
  return { status, scores: JSON.parse(stdout) as readonly Record<string, unknown>[] };
}

describe("scripts/run-corpus.ts", () => {
  it("counts what an adapter lets through, stops for nothing, only asks about and does not answer", async () => {
    const allowing = await runWith("allow");
    const [writes, lookalikes] = allowing.scores;
    expect(allowing.status).toBe(1);
    expect(writes?.["missed"]).toHaveLength(Number(writes?.["cases"]) - 1);
    expect(writes?.["silent"]).toEqual(["redirections-1"]);
    expect(lookalikes?.["false"]).toEqual([]);

    const asking = await runWith("ask");
    expect(asking.scores[0]?.["missed"]).toEqual([]);
    expect(asking.scores[0]?.["asked"]).not.toEqual([]);
    expect(asking.scores[1]?.["false"]).toHaveLength(Number(lookalikes?.["cases"]) - 1);
  });
});
