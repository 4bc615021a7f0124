import type { StandardSchemaV1 } from "@standard-schema/spec";

import { toJsonSchema } from "../schema/index.ts";
import type { JsonSchema, Tool } from "../spec/index.ts";
import { checkToolOptions } from "./check-tool-options.ts";
import type { DefineToolOptions } from "./define-tool-options.ts";

/**
 * Makes a tool of typed options. The input's type is inferred from its schema.
 * Throws a `TypeError` for an option that is unknown or wrong, and when the schema's library gives no JSON Schema and
 * none was passed.
 *
 * @example
 * ```ts
 * import { z } from "zod";
 * import { defineTool } from "harness-agent/tools";
 *
 * const dice = defineTool({
 *   name: "Dice",
 *   description: "Throws a die and returns the number of eyes",
 *   input: z.object({ sides: z.int().min(2).max(100) }),
 *   effect: "read",
 *   execute: ({ sides }) => 1 + Math.floor(Math.random() * sides),
 * });
 * ```
 */
export function defineTool<Schema extends StandardSchemaV1>(
  options: DefineToolOptions<Schema>,
): Tool<StandardSchemaV1.InferOutput<Schema>> {
  checkToolOptions(options);
  const { durability = "atMostOnce", cancel = "immediate", inputSchema = readSchema(options) } = options;
  return Object.freeze({
    ...options,
    durability,
    cancel,
    inputSchema,
    // A schema that takes some type takes `unknown`: that is what parsing is for.
    input: options.input as StandardSchemaV1<unknown, StandardSchemaV1.InferOutput<Schema>>,
  });
}

/** Arguments are an object: of a text or a list no model could ever call the tool. */
function readSchema({ name, input }: { readonly name: string; readonly input: StandardSchemaV1 }): JsonSchema {
  const schema = toJsonSchema(input);
  if (schema["type"] === "object" || ["anyOf", "oneOf", "allOf", "$ref"].some((key) => key in schema)) return schema;
  throw new TypeError(`Tool "${name}": input must be an object, such as z.object({ value: … })`);
}
