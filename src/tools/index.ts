import type { Tool } from "../spec/index.ts";
export { defineTool, type DefineToolOptions } from "./define-tool.ts";
export const BUILTIN_TOOL_NAMES: readonly string[] = [];
export function createBuiltinTools(_options: object): readonly Tool[] { return []; }
export function createToolRegistry(tools: readonly Tool[]) {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return { get: (n: string) => byName.get(n), names: () => [...byName.keys()], offered: () => [...byName.values()], activate(_n: readonly string[]) {} };
}
