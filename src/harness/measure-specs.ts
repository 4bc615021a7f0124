import type { ToolSpec } from "../spec/index.ts";

/** Characters of tools as JSON. Their schemas are long and the same in all runs: each is measured once. */
export function measureSpecs(specs: readonly ToolSpec[]): number {
  // Of the two brackets one stands in for the comma that the last tool lacks; a zero counts as the comma behind its tool.
  let characters = 1;
  for (const { name, description, inputSchema } of specs) {
    characters += JSON.stringify({ name, description, inputSchema: 0 }).length + measureSchema(inputSchema);
  }
  return Math.max(2, characters);
}

/** By the schemas, with which they go. */
const MEASURED = new WeakMap<ToolSpec["inputSchema"], number>();

function measureSchema(schema: ToolSpec["inputSchema"]): number {
  const known = MEASURED.get(schema);
  if (known !== undefined) return known;
  const { length } = JSON.stringify(schema);
  MEASURED.set(schema, length);
  return length;
}
