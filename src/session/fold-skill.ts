import type { CallRecord } from "../spec/index.ts";

/** The tool that loads skills, and the name by which one is left. */
const SKILL_TOOL = "Skill";
const NO_SKILL = "none";

/** The skill that an agent works by after a call; also one that a compaction took out of the history. */
export function skillAfter(
  { part, result }: Pick<CallRecord, "part" | "result">,
  before: string | null,
): string | null {
  if (part.name !== SKILL_TOOL || result?.outcome !== "completed") return before;
  const { args } = part;
  const name =
    typeof args === "object" && args !== null && !Array.isArray(args) && "name" in args ? args["name"] : null;
  if (typeof name !== "string") return before;
  return name === NO_SKILL ? null : name;
}
