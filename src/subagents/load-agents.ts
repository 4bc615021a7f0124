import { basename } from "node:path";

import { ConfigError } from "../errors/index.ts";
import { readDocuments } from "../front-matter/index.ts";
import type { IgnoredSetting } from "../spec/index.ts";
import type { AgentDefinition, AgentDefinitions } from "./agent-definition.ts";
import { BUILTIN_AGENTS } from "./builtin-agents.ts";
import { readAgentFile } from "./read-agent-file.ts";

/** Where definitions come from; what stands later in the list goes before what stands earlier. */
export interface AgentPlaces {
  /** `~/.harness/agents`. */
  readonly user?: string;
  /** `.harness/agents` of the folders of a project, outermost first. */
  readonly project?: readonly string[];
  /** Whether the project's files may replace what the user or Harness defined. @default false */
  readonly trustProject?: boolean;
  /** Definitions of the host: they go before everything. */
  readonly host?: AgentDefinitions;
}

/** The definitions of a run. */
export interface LoadedAgents {
  readonly agents: AgentDefinitions;
  readonly files: readonly string[];
  /** Definitions of an untrusted project that would have replaced another one. */
  readonly ignored: readonly IgnoredSetting[];
}

/**
 * Loads all definitions: built in, of the user, of the project, of the host. A project that nobody trusts may add agents
 * (they cannot do more than their parent), and may not change those that are there. Throws a `ConfigError` for a file
 * that cannot be used, or two that define one agent.
 */
export async function loadAgents({
  user,
  project = [],
  trustProject = false,
  host,
}: AgentPlaces): Promise<LoadedAgents> {
  const agents = new Map<string, AgentDefinition>(BUILTIN_AGENTS);
  const ofProject = new Set<string>();
  const files: string[] = [];
  const ignored: IgnoredSetting[] = [];
  const places = project.map((directory) => ({ directory, isTrusted: trustProject }));
  if (user !== undefined) places.unshift({ directory: user, isTrusted: true });
  for (const { directory, isTrusted } of places) {
    for (const [name, { definition, file }] of await readDirectory(directory)) {
      if (!isTrusted && agents.has(name) && !ofProject.has(name)) {
        const reason = `an agent "${name}" is defined already, and the project is not trusted to change it`;
        ignored.push({ file, line: 1, key: `agents.${name}`, reason });
        continue;
      }
      if (!isTrusted) ofProject.add(name);
      agents.set(name, definition);
      files.push(file);
    }
  }
  for (const [name, definition] of host ?? []) agents.set(name, definition);
  return { agents, files, ignored };
}

async function readDirectory(
  directory: string,
): Promise<ReadonlyMap<string, { readonly definition: AgentDefinition; readonly file: string }>> {
  const found = new Map<string, { readonly definition: AgentDefinition; readonly file: string }>();
  for (const { file, text } of await readDocuments(directory)) {
    const { name, definition } = await readAgentFile(text, { file, fileName: basename(file, ".md") });
    const other = found.get(name);
    if (other !== undefined) throw new ConfigError(`The agent "${name}" is defined in ${other.file}, too`, { file });
    found.set(name, { definition, file });
  }
  return found;
}
