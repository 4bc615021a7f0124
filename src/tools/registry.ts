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
  return new NamedTools(tools);
}

const NONE: ReadonlySet<string> = new Set();

class NamedTools implements ToolRegistry {
  readonly #tools: readonly Tool[];
  readonly #byName = new Map<string, Tool>();
  /** Deferred tools that are offered. */
  #active: ReadonlySet<string> = NONE;
  #offered: readonly Tool[];

  constructor(tools: readonly Tool[]) {
    this.#tools = tools;
    for (const tool of tools) {
      const { name } = tool;
      if (this.#byName.has(name)) throw new TypeError(`Two tools are named "${name}": rename one or leave it out`);
      this.#byName.set(name, tool);
    }
    this.#offered = this.#chooseOffered();
  }

  get(name: string): Tool | undefined {
    return this.#byName.get(name);
  }

  names(): readonly string[] {
    return this.#offered.map(({ name }) => name);
  }

  offered(): readonly Tool[] {
    return this.#offered;
  }

  deferred(): readonly Tool[] {
    return this.#tools.filter((tool) => !this.#isOffered(tool));
  }

  activate(names: readonly string[]): void {
    this.#active = new Set([...this.#active, ...names.filter((name) => this.#byName.has(name))]);
    this.#offered = this.#chooseOffered();
  }

  #isOffered(tool: Tool): boolean {
    return tool.isDeferred !== true || this.#active.has(tool.name);
  }

  #chooseOffered(): readonly Tool[] {
    const isWhole = this.#tools.every((tool) => this.#isOffered(tool));
    return isWhole ? this.#tools : this.#tools.filter((tool) => this.#isOffered(tool));
  }
}
