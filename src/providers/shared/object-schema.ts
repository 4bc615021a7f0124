import { canonicalJson } from "../../digest/index.ts";
import type { JsonObject, JsonSchema, JsonValue } from "../../spec/index.ts";

/** What of an object's schema is joined. */
interface ObjectParts {
  readonly properties: JsonObject;
  readonly required: readonly string[];
  readonly isClosed: boolean;
}

/** Keywords that are told by the joined object. */
const JOINED = ["anyOf", "oneOf", "allOf", "properties", "required", "additionalProperties", "type", "$ref"];

/**
 * The schema as vendors take it for the input of a tool: of type "object", without alternatives at its root. A choice of
 * objects becomes one object that has the properties of all: the model reads a little less than the schema says, and the
 * tool's own schema still refuses what does not fit. What is no object stays as it is: the vendor says what it thinks.
 * Source: https://docs.claude.com/en/docs/agents-and-tools/tool-use, OpenAI's "schema must have type 'object' and not have
 * 'oneOf'/'anyOf'/'allOf' at the top level".
 */
export function toObjectSchema(schema: JsonSchema): JsonSchema {
  const hasChoice = "anyOf" in schema || "oneOf" in schema || "allOf" in schema;
  if (!hasChoice && schema["$ref"] === undefined) return schema;
  const parts = readObject(schema, schema, 0);
  if (parts === undefined) return schema;
  const { properties, required, isClosed } = parts;
  const rest = Object.fromEntries(Object.entries(schema).filter(([key]) => !JOINED.includes(key)));
  return {
    ...rest,
    type: "object",
    properties,
    ...(required.length === 0 ? {} : { required }),
    ...(isClosed ? { additionalProperties: false } : {}),
  };
}

function readObject(value: JsonValue | undefined, root: JsonSchema, depth: number): ObjectParts | undefined {
  if (!isObject(value) || depth > 16) return undefined;
  const target = value["$ref"];
  if (typeof target === "string") return readObject(lookUp(root, target), root, depth + 1);
  const own = value["type"] === "object" ? [readOwn(value)] : [];
  const all = (Array.isArray(value["allOf"]) ? value["allOf"] : []).map((part) => readObject(part, root, depth + 1));
  const choices = [value["anyOf"], value["oneOf"]].filter(Array.isArray).map((branches: readonly JsonValue[]) => {
    const read = branches.map((branch) => readObject(branch, root, depth + 1));
    return read.length === 0 || read.includes(undefined)
      ? undefined
      : join(
          read.filter((part) => part !== undefined),
          "any",
        );
  });
  const parts = [...own, ...all, ...choices];
  if (parts.length === 0 || parts.includes(undefined)) return undefined;
  return join(
    parts.filter((part) => part !== undefined),
    "all",
  );
}

function readOwn(value: JsonObject): ObjectParts {
  const { properties, required, additionalProperties } = value;
  return {
    properties: isObject(properties) ? properties : {},
    required: Array.isArray(required) ? required.filter((name) => typeof name === "string") : [],
    isClosed: additionalProperties === false,
  };
}

/** Any of them: what all need is needed. All of them: what one needs is needed. */
function join(parts: readonly ObjectParts[], how: "any" | "all"): ObjectParts {
  const forms = new Map<string, Map<string, JsonValue>>();
  for (const [name, form] of parts.flatMap(({ properties }) => Object.entries(properties))) {
    const known = forms.get(name) ?? new Map<string, JsonValue>();
    forms.set(name, known.set(canonicalJson(form), form));
  }
  const names = [...new Set(parts.flatMap(({ required }) => required))];
  const isNeeded = (name: string): boolean =>
    how === "any" ? parts.every(({ required }) => required.includes(name)) : true;
  return {
    properties: Object.fromEntries([...forms].map(([name, known]) => [name, joinForms([...known.values()], how)])),
    required: names.filter(isNeeded),
    isClosed: parts.every(({ isClosed }) => isClosed),
  };
}

function joinForms(forms: readonly JsonValue[], how: "any" | "all"): JsonValue {
  const [only, ...others] = forms;
  if (only !== undefined && others.length === 0) return only;
  return how === "any" ? { anyOf: forms } : { allOf: forms };
}

function lookUp(root: JsonSchema, target: string): JsonValue | undefined {
  if (!target.startsWith("#/")) return undefined;
  let found: JsonValue | undefined = root;
  for (const name of target.slice(2).split("/")) {
    const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
    found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
