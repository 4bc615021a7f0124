import { ConfigError } from "../errors/index.ts";
import { readFrontMatter, settingValues, type FrontMatter } from "../front-matter/index.ts";
import type { Skill } from "./skill.ts";

/** The settings that a skill's head may have: those of https://agentskills.io/specification and of earlier tools. */
const KEYS = [
  "name",
  "description",
  "allowed-tools",
  "allowed_tools",
  "args",
  "license",
  "compatibility",
  "metadata",
  "version",
] as const;

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** The name by which a model leaves a skill. */
export const NO_SKILL = "none";

/**
 * Reads a `SKILL.md`. Throws a `ConfigError` with file and line for whatever cannot be meant: a setting that is not
 * known may be a limit that nobody would keep.
 */
export async function readSkill(
  text: string,
  { file, directory, folder }: { readonly file: string; readonly directory: string; readonly folder: string },
): Promise<Skill> {
  const document = await readFrontMatter(text, { file, keys: KEYS });
  const values = settingValues(document, file);
  const name = values.text("name") ?? folder;
  if (!NAME.test(name) || name === NO_SKILL) {
    const line = document.settings.get("name")?.line ?? 1;
    const message = `A skill's name has lower-case letters, digits, "-" and "_", and is not "${NO_SKILL}": ${JSON.stringify(name.slice(0, 80))}`;
    throw new ConfigError(message, { file, line });
  }
  const description = values.text("description");
  if (description === undefined) {
    throw new ConfigError("description is missing: it tells the model when to use the skill", { file, line: 1 });
  }
  if (document.body === "") throw new ConfigError("The instructions are missing: write them below the head", { file });
  return {
    name,
    description,
    directory,
    body: document.body,
    allowedTools: readTools(document, "allowed-tools") ?? readTools(document, "allowed_tools"),
    parameters: values.texts("args") ?? [],
  };

  function readTools(head: FrontMatter, key: string): readonly string[] | undefined {
    const setting = head.settings.get(key);
    if (setting === undefined) return undefined;
    // A text lists its tools with spaces or commas; those inside of brackets belong to a rule.
    const given = typeof setting.value === "string" ? setting.value.split(/[\s,]+(?![^(]*\))/) : values.texts(key);
    return (given ?? []).filter((rule) => rule !== "").map(toRule);
  }
}

/** Other tools write "Bash(git:*)" for what begins with "git". */
function toRule(rule: string): string {
  return rule.replace(/:\*\)$/, " *)");
}
