// Writes src/tools/input-schemas.generated.ts: what models read of the built-in tools' inputs, so that a run can begin
// without loading zod. `--check` only tells whether the file is up to date.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { format, resolveConfig } from "prettier";
import { z } from "zod";

import { INPUTS } from "../src/tools/inputs.ts";

const target = fileURLToPath(new URL("../src/tools/input-schemas.generated.ts", import.meta.url));

function toJsonSchema(schema) {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    override({ jsonSchema }) {
      // Says nothing to a model.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return rest;
}

const schemas = Object.fromEntries(Object.entries(INPUTS).map(([name, schema]) => [name, toJsonSchema(schema)]));
const source = `// Made by scripts/generate-tool-schemas.mjs from inputs.ts: don't edit.
import type { JsonSchema } from "../spec/index.ts";
import type { BuiltinToolName } from "./tool-names.ts";

/** What models read of the built-in tools' inputs. */
export const INPUT_SCHEMAS: Readonly<Record<BuiltinToolName, JsonSchema>> = ${JSON.stringify(schemas)};
`;
const text = await format(source, { ...(await resolveConfig(target)), parser: "typescript" });

if (process.argv.includes("--check")) {
  if ((await readFile(target, "utf8").catch(() => "")) !== text) {
    console.error("src/tools/input-schemas.generated.ts is out of date: run node scripts/generate-tool-schemas.mjs");
    process.exitCode = 1;
  }
} else {
  await writeFile(target, text);
}
