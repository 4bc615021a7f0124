import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { checkFloors } from "../../scripts/check-floors.ts";
import { makeTree } from "./tree.ts";

const GOOD = {
  "src/spec/index.ts": "export type { Port } from './port.ts';",
  "src/spec/port.ts": "export interface Port { readonly name: string }",
  "src/errors/index.ts": "import type { Port } from '../spec/index.ts';\nexport const port: Port = { name: 'x' };",
  "src/policy/index.ts":
    "import { port } from '../errors/index.ts';\nimport { readFile } from 'node:fs/promises';\nexport const x = [port, readFile];",
  "src/policy/other.ts": "export { x } from './index.ts';",
  "src/index.ts": "export { x } from './policy/index.ts';",
  "src/cli/main.ts": "import { x } from '../index.ts';\nexport const y = x;",
};

describe("checkFloors()", () => {
  it("finds nothing in a tree that holds", () => {
    using tree = makeTree(GOOD);
    expect(checkFloors(tree.root)).toEqual([]);
  });

  it.each([
    ["an import that goes up", "src/errors/bad.ts", "import { x } from '../policy/index.ts';\nexport { x };"],
    [
      "a type import that goes up",
      "src/errors/bad.ts",
      "import type { X } from '../tool-call/index.ts';\nexport type Y = X;",
    ],
    ["a re-export that goes up", "src/errors/bad.ts", "export { x } from '../policy/index.ts';"],
    ["a dynamic import that goes up", "src/errors/bad.ts", "export const x = () => import('../policy/index.ts');"],
    ["an inline type import that goes up", "src/errors/bad.ts", "export type X = import('../policy/index.ts').X;"],
    ["an import that goes sideways", "src/risk/bad.ts", "import { x } from '../policy/index.ts';\nexport { x };"],
    [
      "a deep import that goes sideways",
      "src/providers/x/bad.ts",
      "import { x } from '../../router/index.ts';\nexport { x };",
    ],
    ["the front door from below", "src/policy/bad.ts", "import { x } from '../index.ts';\nexport { x };"],
    ["the package by its own name", "src/policy/bad.ts", "import { x } from 'harness-agent/errors';\nexport { x };"],
    ["a file outside src", "src/policy/bad.ts", "import { x } from '../../test/x.ts';\nexport { x };"],
    ["a folder on no floor", "src/helpers/bad.ts", "export const x = 1;"],
    ["a file beside the front door", "src/bad.ts", "export const x = 1;"],
    ["a line in spec/ that runs", "src/spec/bad.ts", "export const x = 1;"],
  ])("reports %s", (_, file, text) => {
    using tree = makeTree({ ...GOOD, [file]: text });
    const problems = checkFloors(tree.root);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(file.replace(/^src\/(helpers\/)?bad.ts$/, "src/"));
  });

  it.each([
    [
      "of types",
      "import type { B } from './b.ts';\nexport interface A { b: B }",
      "import type { A } from './a.ts';\nexport interface B { a: A }",
    ],
    [
      "of values",
      "import { b } from './b.ts';\nexport const a = () => b;",
      "import { a } from './a.ts';\nexport const b = () => a;",
    ],
    [
      "closed at run time",
      "import { b } from './b.ts';\nexport const a = () => b;",
      "export const b = () => import('./a.ts');",
    ],
  ])("reports a ring %s", (_, a, b) => {
    using tree = makeTree({ ...GOOD, "src/audit/a.ts": a, "src/audit/b.ts": b });
    expect(checkFloors(tree.root)).toEqual([expect.stringMatching(/src\/audit\/a\.ts, src\/audit\/b\.ts.*ring/)]);
  });

  it("ends the program with exit code 1 and the problems, or with 0", () => {
    using good = makeTree(GOOD);
    using bad = makeTree({ "src/helpers/x.ts": "" });
    const run = (root: string) => spawnSync(process.execPath, ["scripts/check-floors.ts", root], { encoding: "utf8" });
    expect(run(good.root).status).toBe(0);
    expect(run(bad.root)).toMatchObject({ status: 1, stderr: expect.stringContaining("src/helpers") });
  });
});
