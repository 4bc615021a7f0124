import type { JsonSchema, ModelRequest } from "../../spec/index.ts";
import { asArray, asObject, asString } from "../shared/index.ts";

/** What a strict schema may say. Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas */
const STRICT_KEYWORDS: ReadonlySet<string> = new Set(
  (
    "type properties required additionalProperties items anyOf enum const description title $defs definitions $ref " +
    "pattern format minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems"
  ).split(" "),
);
const STRICT_FORMATS: ReadonlySet<string> = new Set(
  "date-time time date duration email hostname ipv4 ipv6 uuid".split(" "),
);

/** The part of a request that asks for structured output, in the shape that both APIs share. */
export interface JsonSchemaFormat {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly strict: boolean;
}

/** `strict` only where the schema already follows OpenAI's rules for it: a rewritten schema would promise another shape. */
export function toJsonSchemaFormat(output: NonNullable<ModelRequest["output"]>): JsonSchemaFormat {
  const name = output.name.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64) || "output";
  return { name, schema: output.schema, strict: output.schema["type"] === "object" && isStrict(output.schema) };
}

/** Whether a schema uses only what strict mode knows, and every object in it is closed and requires all its properties. */
function isStrict(schema: unknown): boolean {
  const object = asObject(schema);
  if (object === undefined || !Object.keys(object).every((keyword) => STRICT_KEYWORDS.has(keyword))) return false;
  if ("format" in object && !STRICT_FORMATS.has(asString(object["format"]) ?? "")) return false;
  const properties = asObject(object["properties"]) ?? {};
  const mayBeObject = object["type"] === "object" || asArray(object["type"]).includes("object");
  if (mayBeObject || "properties" in object) {
    const required = new Set(asArray(object["required"]));
    if (object["additionalProperties"] !== false) return false;
    if (!Object.keys(properties).every((key) => required.has(key))) return false;
  }
  const definitions = { ...asObject(object["$defs"]), ...asObject(object["definitions"]) };
  const inner = [...Object.values(properties), ...Object.values(definitions), ...asArray(object["anyOf"])];
  if ("items" in object) inner.push(object["items"]);
  return inner.every(isStrict);
}
