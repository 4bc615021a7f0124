export { parseInput, type ParsedInput } from "./parse-input.ts";
export { toJsonSchema } from "./to-json-schema.ts";
