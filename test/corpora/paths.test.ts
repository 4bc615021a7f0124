import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { PolicyEngine } from "../../src/policy/index.ts";
import { readCalls } from "./read-calls.ts";

interface PathCase {
  readonly id: string;
  readonly links?: Readonly<Record<string, string>>;
}

let root = "";
let engine: PolicyEngine;
beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "corpus-paths-")));
  const path = fileURLToPath(new URL("commands/policy.yml", import.meta.url));
  engine = await PolicyEngine.load({ paths: [path], discover: false, cwd: root, home: join(root, "home") });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A project of its own, with the links that a case needs. */
function project(links: Readonly<Record<string, string>>, id: string): string {
  const cwd = join(root, id);
  mkdirSync(join(cwd, "src"), { recursive: true });
  mkdirSync(join(cwd, ".git", "hooks"), { recursive: true });
  for (const [link, target] of Object.entries(links)) {
    mkdirSync(dirname(join(cwd, link)), { recursive: true });
    symlinkSync(target, join(cwd, link));
  }
  return cwd;
}

describe("PolicyEngine.check() over the corpus of paths", () => {
  it("judges every path by what it leads to", () => {
    const lines = readFileSync(new URL("paths/paths.jsonl", import.meta.url), "utf8")
      .trim()
      .split("\n");
    // The file is ours; `readCalls` reads the rest of each line.
    const links = new Map(
      lines.map((line) => JSON.parse(line) as PathCase).map((entry) => [entry.id, entry.links ?? {}]),
    );
    const wrong = readCalls("paths/paths").flatMap(({ id, tool, args, expect: wanted }) => {
      const cwd = project(links.get(id) ?? {}, id);
      const text = JSON.stringify(args)
        .replaceAll("${CWD}", cwd)
        .replaceAll("${NAME}", basename(cwd))
        .replaceAll("${HOME}", join(root, "home"));
      const call = { tool, args: JSON.parse(text) as typeof args, cwd, agent: "main", isTainted: false };
      const { effect } = engine.check(call);
      const isRight = wanted === "stop" ? effect === "deny" || effect === "ask" : effect === wanted;
      return isRight ? [] : [`${id}: ${tool} ${text}: ${effect}, not ${wanted}`];
    });
    expect(wrong).toEqual([]);
  });
});
