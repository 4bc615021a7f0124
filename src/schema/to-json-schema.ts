import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";

import type { JsonSchema } from "../spec/index.ts";

/**
 * The JSON Schema of a Standard Schema's input, through the library's own Standard JSON Schema converter (zod 4.2,
 * valibot with `@valibot/to-json-schema`, arktype 2.1). Throws a `TypeError` for a library that has none.
 * Source: https://standardschema.dev/json-schema
 */
export function toJsonSchema(schema: StandardSchemaV1): JsonSchema {
  const standard = schema["~standard"];
  if (!hasConverter(standard)) {
    throw new TypeError(
      `The schema library "${standard.vendor}" gives no JSON Schema; pass the tool's inputSchema yourself`,
    );
  }
  const { $schema: _dialect, ...rest } = standard.jsonSchema.input({ target: "draft-2020-12" });
  // A converter gives JSON by definition of the standard.
  return rest as JsonSchema;
}

function hasConverter(
  standard: StandardSchemaV1["~standard"],
): standard is StandardSchemaV1["~standard"] & StandardJSONSchemaV1["~standard"] {
  return "jsonSchema" in standard;
}
