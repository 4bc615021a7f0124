import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";

import type { JsonSchema } from "../spec/index.ts";

const WAY_OUT = "pass the tool's inputSchema yourself, or take a schema that can, such as one of zod or arktype";

/**
 * The JSON Schema of a Standard Schema's input, through the library's own Standard JSON Schema converter (zod 4.2,
 * valibot with `@valibot/to-json-schema`, arktype 2.1). Throws a `TypeError` for a library that has none and for a
 * schema that JSON Schema has no words for.
 * Source: https://standardschema.dev/json-schema
 */
export function toJsonSchema(schema: StandardSchemaV1): JsonSchema {
  const standard = schema["~standard"];
  if (!hasConverter(standard)) {
    throw new TypeError(`The schema library "${standard.vendor}" gives no JSON Schema; ${WAY_OUT}`);
  }
  const { $schema: _dialect, ...rest } = convert(standard);
  // A converter gives JSON by definition of the standard.
  return rest as JsonSchema;
}

function convert({ jsonSchema, vendor }: StandardJSONSchemaV1["~standard"]): Record<string, unknown> {
  try {
    return jsonSchema.input({ target: "draft-2020-12" });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`The schema of "${vendor}" cannot be written as JSON Schema (${reason}); ${WAY_OUT}`, {
      cause,
    });
  }
}

function hasConverter(
  standard: StandardSchemaV1["~standard"],
): standard is StandardSchemaV1["~standard"] & StandardJSONSchemaV1["~standard"] {
  return "jsonSchema" in standard;
}
