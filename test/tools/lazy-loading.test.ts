import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** The packages that a module loads when it is imported, itself or through what it imports; types don't count. */
function eagerPackages(entry: URL, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(entry.href)) return packages;
  seen.add(entry.href);
  const source = readFileSync(fileURLToPath(entry), "utf8");
  for (const [, specifier = ""] of source.matchAll(/^(?:import|export)(?! type\b)[^;]*? from "([^"]+)";/gmu)) {
    if (!specifier.startsWith(".")) packages.add(specifier);
    else for (const name of eagerPackages(new URL(specifier, entry), seen)) packages.add(name);
  }
  return packages;
}

const eagerly = (path: string): string[] =>
  [...eagerPackages(new URL(path, import.meta.url))].filter((name) => !name.startsWith("node:")).sort();

it("createBuiltinTools() comes without zod, undici and re2js: those are loaded by the first call that needs them", () => {
  expect(eagerly("../../src/tools/index.ts")).toEqual(["fastest-levenshtein", "picomatch"]);
});

it("createGuardedFetch() comes without undici, and without the modules for sockets and names", () => {
  expect(eagerly("../../src/net/guarded-fetch.ts")).toEqual(["fastest-levenshtein"]);
  const all = eagerPackages(new URL("../../src/net/guarded-fetch.ts", import.meta.url));
  for (const name of ["node:net", "node:dns/promises", "node:os", "node:tls"]) expect([...all]).not.toContain(name);
});

it("eagerPackages() sees what is there", () => {
  expect(eagerly("../../src/tools/inputs.ts")).toEqual(["zod"]);
  expect(eagerly("../../src/net/guarded-agent.ts")).toEqual(["fastest-levenshtein"]);
});
