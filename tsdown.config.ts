import { fileURLToPath } from "node:url";
import { defineConfig } from "tsdown";
import { readEntries } from "./scripts/doors.ts";

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const FRONT_DOOR = pathOf("src/index.ts");

export default defineConfig({
  entry: { ...readEntries(import.meta.dirname) },
  format: "esm",
  target: "node22",
  platform: "node",
  fixedExtension: false,
  dts: { sourcemap: false },
  sourcemap: true,
  logLevel: "warn",
  inputOptions: { checks: { bundlerTimings: false } },
  // "node:sqlite" has no name without the prefix.
  nodeProtocol: false,
  // One file in place of seventy and of fifteen: docs/decisions/0023-yaml-is-bundled.md, 0025-fewer-files-to-load.md.
  deps: { alwaysBundle: ["yaml", "unbash", "picomatch"], onlyBundle: ["yaml", "unbash", "picomatch"] },
  alias: { yaml: pathOf("node_modules/yaml/browser/index.js") },
  // Places where tests end the process exist in the sources only.
  define: { __HARNESS_FAULTS__: "false" },
  outputOptions: {
    // Notices of licences stay.
    comments: { legal: true, jsdoc: false, annotation: true },
    // What the front door loads is one file, not forty: docs/decisions/0025-fewer-files-to-load.md.
    codeSplitting: { groups: [{ name: "front-door", test: (id) => id === FRONT_DOOR }] },
  },
});
