export { loadSkills, type LoadedSkills, type SkillPlace } from "./load-skills.ts";
export { NO_SKILL, readSkill } from "./read-skill.ts";
export type { Skill, Skills } from "./skill.ts";
export { createSkillTool, SKILL_TOOL, type SkillInput, type SkillState, type SkillTool } from "./skill-tool.ts";
