import { join } from "node:path";

import { ConfigError, describeError } from "../errors/index.ts";
import { listNames, readDocument } from "../front-matter/index.ts";
import type { IgnoredSetting } from "../spec/index.ts";
import { readSkill } from "./read-skill.ts";
import type { Skill, Skills } from "./skill.ts";

/** Where skills come from: directories that hold a folder for each, those that go first last. */
export interface SkillPlace {
  readonly directory: string;
  /** Whether its skills may replace those of the places before. */
  readonly isTrusted: boolean;
}

/** The skills of a run. */
export interface LoadedSkills {
  readonly skills: Skills;
  readonly files: readonly string[];
  /** Skills that were left out, and why. */
  readonly ignored: readonly IgnoredSetting[];
}

/**
 * Loads the `SKILL.md` of every folder of the places. One that cannot be read is left out and told: a foreign skill must
 * neither stop a run nor be used without its limits. A place that nobody trusts adds skills and replaces none.
 */
export async function loadSkills(places: readonly SkillPlace[]): Promise<LoadedSkills> {
  const skills = new Map<string, Skill>();
  const trusted = new Set<string>();
  const files: string[] = [];
  const ignored: IgnoredSetting[] = [];
  for (const { directory, isTrusted } of places) {
    for (const folder of await listNames(directory, "directories")) {
      const file = join(directory, folder, "SKILL.md");
      const read = await tryRead(file, { directory: join(directory, folder), folder });
      if (read === undefined) continue;
      if ("reason" in read) {
        ignored.push({ file, line: read.line, key: `skills.${folder}`, reason: read.reason });
        continue;
      }
      if (!isTrusted && trusted.has(read.name)) {
        const reason = `a skill "${read.name}" is there already, and the project is not trusted to replace it`;
        ignored.push({ file, line: 1, key: `skills.${read.name}`, reason });
        continue;
      }
      if (isTrusted) trusted.add(read.name);
      skills.set(read.name, read);
      files.push(file);
    }
  }
  return { skills, files, ignored };
}

async function tryRead(
  file: string,
  place: { readonly directory: string; readonly folder: string },
): Promise<Skill | { readonly reason: string; readonly line: number } | undefined> {
  try {
    const document = await readDocument(file);
    return document === undefined ? undefined : await readSkill(document.text, { file, ...place });
  } catch (error) {
    const line = ConfigError.isInstance(error) ? (error.line ?? 1) : 1;
    return { reason: describeError(error), line };
  }
}
