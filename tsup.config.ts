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
  // Places where tests end the process exist in the sources only.
  define: { __HARNESS_FAULTS__: "false" },
});
