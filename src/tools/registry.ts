import type { Tool } from "../spec/index.ts";

/** The tools of a run. Names come from a model: they are looked up in a `Map`, never as keys of an object. */
export interface ToolRegistry {
  /** A tool by its exact name, offered or not. */
  get(name: string): Tool | undefined;
  /** The names of the offered tools. */
  names(): readonly string[];
  /** What the model may ask for now: tools that are not deferred, and deferred ones that were activated. */
  offered(): readonly Tool[];
  /** Deferred tools that are not offered yet. */
  deferred(): readonly Tool[];
  /** Offers deferred tools from now on. Unknown names are ignored. */
  activate(names: readonly string[]): void;
}

/** Makes a registry. Throws a `TypeError` when two tools have one name. */
export function createToolRegistry(tools: readonly Tool[]): ToolRegistry {
  const byName = new Map<string, Tool>();
  for (const tool of tools) {
    if (byName.has(tool.name)) throw new TypeError(`Two tools are named "${tool.name}": rename one or leave it out`);
    byName.set(tool.name, tool);
  }
  const active = new Set<string>();
  const isOffered = (tool: Tool): boolean => tool.isDeferred !== true || active.has(tool.name);
  let offered = tools.filter(isOffered);
  return {
    get: (name) => byName.get(name),
    names: () => offered.map(({ name }) => name),
    offered: () => offered,
    deferred: () => tools.filter((tool) => !isOffered(tool)),
    activate(names) {
      for (const name of names) if (byName.has(name)) active.add(name);
      offered = tools.filter(isOffered);
    },
  };
}
