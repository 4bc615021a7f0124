import { fileURLToPath } from "node:url";
import { defineConfig } from "tsup";
import { readEntries } from "./scripts/doors.ts";

export default defineConfig({
  entry: { ...readEntries(import.meta.dirname) },
  format: ["esm"],
  target: "node22",
  platform: "node",
  dts: true,
  // One copy of the classes that several doors share: `instanceof` holds across doors.
  splitting: true,
  sourcemap: true,
  clean: true,
  // "node:sqlite" has no name without the prefix.
  removeNodeProtocol: false,
  // One file in place of seventy: docs/decisions/0023-yaml-is-bundled.md.
  noExternal: ["yaml"],
  esbuildOptions(options) {
    options.alias = { yaml: fileURLToPath(new URL("node_modules/yaml/browser/index.js", import.meta.url)) };
  },
  // Places where tests end the process exist in the sources only.
  define: { __HARNESS_FAULTS__: "false" },
});
