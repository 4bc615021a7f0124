/** Any value that JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. Look a key that came from outside up with `Object.hasOwn`, never by plain indexing. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A JSON Schema (draft 2020-12), as models and MCP servers read it. */
export type JsonSchema = JsonObject;
