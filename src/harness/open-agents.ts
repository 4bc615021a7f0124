import { join } from "node:path";

import type { LoadedAgents } from "../subagents/index.ts";
import { dataFolder } from "./data-folder.ts";
import type { Settings } from "./settings.ts";

/** Loads the definitions of sub-agents: built in, `~/.harness/agents`, `.harness/agents` of the project, options. */
export async function openAgents({ options, home, folders }: Settings): Promise<LoadedAgents> {
  const { agents: given } = options;
  const host =
    typeof given === "object" ? (await import("../subagents/check-definition.ts")).checkDefinitions(given) : undefined;
  // The file itself: its door would load what judges commands before the first message.
  const { loadAgents } = await import("../subagents/load-agents.ts");
  const own = host === undefined ? {} : { host };
  if (options.config === false) return await loadAgents(own);
  return await loadAgents({
    ...own,
    user: dataFolder(home, "agents"),
    // Who works at home has no other project than the user.
    project: folders.filter((folder) => folder !== home).map((folder) => join(folder, ".harness", "agents")),
    trustProject: options.trustProject === true,
  });
}
