import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { PolicyError } from "../../src/errors/index.ts";
import { PolicyEngine } from "../../src/policy/index.ts";
import type { JsonObject } from "../../src/spec/index.ts";

interface PolicyCase {
  readonly id: string;
  readonly files: Readonly<Record<string, string>>;
  readonly trustProject?: boolean;
  readonly calls?: readonly {
    readonly tool: string;
    readonly args: JsonObject;
    readonly agent?: string;
    readonly tainted?: boolean;
    readonly expect: string;
  }[];
  /** A part of the message with which the policy is refused. */
  readonly error?: string;
}

const text = readFileSync(new URL("policies/policies.jsonl", import.meta.url), "utf8");
// The file is ours.
const cases = text
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as PolicyCase);

let root = "";
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "corpus-policies-")));
});
afterEach(() => rmSync(root, { recursive: true }));

describe("PolicyEngine.load() and check() over the corpus of policies", () => {
  it.each(cases.map((entry) => [entry.id, entry] as const))(
    "%s",
    async (_id, { files, trustProject = false, calls = [], error }) => {
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), content);
      }
      const cwd = join(root, "team", "project");
      mkdirSync(cwd, { recursive: true });
      const loading = PolicyEngine.load({ cwd, home: join(root, "home"), trustProject });
      if (error !== undefined) {
        await expect(loading).rejects.toThrow(error);
        await expect(loading).rejects.toBeInstanceOf(PolicyError);
        return;
      }
      const engine = await loading;
      const decided = calls.map(({ tool, args, agent = "main", tainted = false }) => [
        tool,
        args,
        engine.check({ tool, args, cwd, agent, isTainted: tainted }).effect,
      ]);
      expect(calls.length).toBeGreaterThan(0);
      expect(decided).toEqual(calls.map(({ tool, args, expect: wanted }) => [tool, args, wanted]));
    },
  );
});
