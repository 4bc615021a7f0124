import { describe, expect, it } from "vitest";
import { checkLock } from "../../scripts/check-lock.ts";
import { makeTree } from "./tree.ts";

function makeLock(packages: object) {
  return makeTree({ "package-lock.json": JSON.stringify({ packages }) });
}

describe("checkLock()", () => {
  it("finds optional packages beside and above", () => {
    using tree = makeLock({
      "": { optionalDependencies: { a: "1" } },
      "node_modules/a": { optionalDependencies: { "@a/linux": "1" } },
      "node_modules/@a/linux": {},
      "node_modules/b/node_modules/c": { optionalDependencies: { "@a/linux": "1", own: "1" } },
      "node_modules/b/node_modules/own": {},
    });
    expect(checkLock(tree.root)).toEqual([]);
  });

  it("reports a platform package that is not locked", () => {
    using tree = makeLock({
      "node_modules/a": { optionalDependencies: { "@a/darwin": "1" } },
      "node_modules/b/node_modules/@a/darwin": {},
    });
    expect(checkLock(tree.root)).toEqual([expect.stringContaining("@a/darwin")]);
  });

  it("reports the address of a registry", () => {
    using tree = makeLock({ "node_modules/a": { resolved: "https://registry.invalid/a.tgz" } });
    expect(checkLock(tree.root)).toEqual([expect.stringContaining("registry")]);
  });
});
