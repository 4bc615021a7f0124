import type { Tool, ToolOutput } from "../spec/index.ts";
import { textInput } from "../text-input/index.ts";
import { NO_SKILL } from "./read-skill.ts";
import type { Skill, Skills } from "./skill.ts";

/** What a model gives to load a skill. */
export interface SkillInput {
  readonly name: string;
  readonly arguments: string;
}

/** Which skill an agent works by. */
export interface SkillState {
  readonly active: Skill | undefined;
}

/** The tool that loads skills, and what it knows. */
export interface SkillTool {
  readonly tool: Tool<SkillInput>;
  readonly state: SkillState;
}

/** What the tool is made from. */
export interface SkillToolOptions {
  readonly skills: Skills;
  /** The skill that was active in the session that the agent goes on with: it is active still. */
  readonly activeName?: () => string | null;
  /** Hears of every skill that is loaded. */
  readonly onLoad?: (skill: Skill) => void;
}

/** The name of the tool that loads skills. */
export const SKILL_TOOL = "Skill";

/** Makes the tool by which a model loads a skill, or leaves the one it works by. */
export function createSkillTool({ skills, activeName = () => null, onLoad }: SkillToolOptions): SkillTool {
  const names = [...skills.keys()];
  let known: { active: Skill | undefined } | undefined;
  // Read when the first call asks: the tools of an agent are made before its session is opened.
  const state = (): { active: Skill | undefined } => (known ??= { active: skills.get(activeName() ?? NO_SKILL) });
  const tool: Tool<SkillInput> = Object.freeze({
    name: SKILL_TOOL,
    description: describe(skills),
    ...textInput<SkillInput>({
      name: { description: `Which skill; "${NO_SKILL}" leaves the active one`, oneOf: [...names, NO_SKILL] },
      arguments: { description: "What the skill is to work on", otherwise: "" },
    }),
    effect: "read",
    durability: "readOnly",
    cancel: "immediate",
    maxOutputBytes: 300_000,
    isReadWhole: true,
    execute({ name, arguments: given }: SkillInput): ToolOutput {
      if (name === NO_SKILL) {
        state().active = undefined;
        return "No skill is active now";
      }
      const skill = skills.get(name);
      if (skill === undefined) return { content: `There is no skill "${name}"`, isError: true };
      state().active = skill;
      onLoad?.(skill);
      return present(skill, given);
    },
  });
  return {
    tool,
    state: {
      get active() {
        return state().active;
      },
    },
  };
}

function present({ name, body, directory, allowedTools, parameters }: Skill, given: string): string {
  const words = given.trim() === "" ? [] : given.trim().split(/\s+/);
  let text = body.replaceAll("$ARGUMENTS", () => given);
  for (const [index, parameter] of parameters.entries()) {
    text = text.replaceAll(`{${parameter}}`, () => words[index] ?? "");
  }
  const limits =
    allowedTools === undefined
      ? ""
      : `\nUntil you leave the skill (${SKILL_TOOL} with the name "${NO_SKILL}") only these tools work: ${allowedTools.join(", ") || "none"}.`;
  return `# Skill ${name}\n\nIts other files are in ${directory}.${limits}\n\n${text}`;
}

function describe(skills: Skills): string {
  const list = [...skills.values()].map(({ name, description }) => `- ${name}: ${description}`).join("\n");
  return `Loads the instructions for one kind of work. Load a skill before you begin work that it is for, and follow it.\n${list}`;
}
