import { describe, expect, it } from "vitest";
import { checkDoors } from "../../scripts/check-doors.ts";
import { makeTree } from "./tree.ts";

function makePackage(exports: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>) {
  const manifest = { name: "harness-agent", type: "module", exports, peerDependencies: { openai: "*" } };
  return makeTree({ "package.json": JSON.stringify(manifest), ...files });
}

const POLICY = { "./policy": "./dist/policy/index.js" };
const BUILT = {
  "dist/policy/index.js": "export const check = 1;",
  "dist/policy/index.d.ts": "export declare const check: number;",
};

describe("checkDoors()", () => {
  it("finds nothing wrong with a door that opens", async () => {
    using tree = makePackage(POLICY, {
      ...BUILT,
      "src/policy/index.ts": "export { check } from './check.ts';",
      "src/policy/check.ts":
        "import type { Server } from 'node:http';\nexport const check = 1;\nexport const late = () => import('openai');\nexport type S = Server;",
    });
    expect(await checkDoors(tree.root)).toEqual([]);
  });

  it("reports a door without source", async () => {
    using tree = makePackage(
      { ...POLICY, "./risk": "./dist/risk/index.js" },
      { ...BUILT, "src/policy/index.ts": "export const check = 1;" },
    );
    expect(await checkDoors(tree.root)).toEqual([expect.stringContaining("src/risk/index.ts")]);
  });

  it.each([
    [
      "a module of Node",
      "import { spawn } from 'node:child_process';\nexport const check = spawn;",
      "node:child_process",
    ],
    ["the SDK of a vendor", "import OpenAI from 'openai';\nexport const check = OpenAI;", "openai"],
    ["a part of a package", "import { z } from 'undici/lib';\nexport const check = z;", "undici"],
  ])("reports a door that loads %s, and by which way", async (_, text, name) => {
    using tree = makePackage(POLICY, {
      ...BUILT,
      "src/policy/index.ts": "export { check } from './deep.ts';",
      "src/policy/deep.ts": text,
    });
    expect(await checkDoors(tree.root)).toEqual([
      expect.stringContaining(`src/policy/index.ts > src/policy/deep.ts > ${name}`),
    ]);
  });

  it("reports a door that loads a folder of ours that it must not", async () => {
    using tree = makePackage(POLICY, {
      ...BUILT,
      "src/policy/index.ts": "export { check } from '../sandbox/index.ts';",
      "src/sandbox/index.ts": "export const check = 1;",
    });
    expect(await checkDoors(tree.root)).toEqual([expect.stringContaining("loads src/sandbox/index.ts")]);
  });

  it("reports documentation that leaves out a door or shows what is none", async () => {
    using tree = makePackage(POLICY, {
      ...BUILT,
      "src/policy/index.ts": "export const check = 1;",
      "typedoc.json": JSON.stringify({ entryPoints: ["src/agent/index.ts"] }),
    });
    expect(await checkDoors(tree.root)).toEqual([
      expect.stringContaining("src/policy/index.ts"),
      expect.stringContaining("src/agent/index.ts"),
    ]);
  });

  it("reports what is named in index.ts and not in dist/: a value, a type, a whole door", async () => {
    const source = "export const check = 1;\nexport const other = 2;\nexport interface Shape { x: 1 }";
    using stale = makePackage(POLICY, { ...BUILT, "src/policy/index.ts": source });
    expect(await checkDoors(stale.root)).toEqual([expect.stringContaining("other"), expect.stringContaining("Shape")]);
    using absent = makePackage(POLICY, { "src/policy/index.ts": source });
    expect(await checkDoors(absent.root)).toEqual([expect.stringContaining("npm run build")]);
  });
});
