import { join } from "node:path";

import type { LoadedSkills } from "../skills/load-skills.ts";
import { dataFolder } from "./data-folder.ts";
import type { Settings } from "./settings.ts";

/** Loads the skills that options let a run find: `~/.harness/skills`, `.harness/skills` of the project, or directories of the host. */
export async function openSkills({ options, config: settings, home, folders }: Settings): Promise<LoadedSkills> {
  const wanted = options.tools ?? settings.tools.enabled;
  const isDefault = settings.skills.enabled !== false && (wanted === undefined || wanted.includes("Skill"));
  const { skills = isDefault, config, trustProject } = options;
  const { loadSkills } = await import("../skills/load-skills.ts");
  if (skills === false) return await loadSkills([]);
  if (skills !== true) return await loadSkills(skills.map((directory) => ({ directory, isTrusted: true })));
  if (config === false) return await loadSkills([]);
  const project = folders.filter((folder) => folder !== home).map((folder) => join(folder, ".harness", "skills"));
  return await loadSkills([
    { directory: dataFolder(home, "skills"), isTrusted: true },
    ...project.map((directory) => ({ directory, isTrusted: trustProject === true })),
  ]);
}
