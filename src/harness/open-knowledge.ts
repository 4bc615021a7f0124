import { systemClock } from "../async/index.ts";
import { sha256 } from "../digest/index.ts";
import type { MemoryScope, MemoryStore } from "../memory/index.ts";
import type { Skill, SkillState } from "../skills/index.ts";
import type { AuditEvent, AuditScope, Check, CheckAnswer, Tool } from "../spec/index.ts";
import { dataFolder } from "./data-folder.ts";
import { joinChecks } from "./join-checks.ts";
import type { RunOptions } from "./run-options.ts";
import type { Settings } from "./settings.ts";
import type { Wiring } from "./wiring.ts";

/** What one agent can look up, and what that asks of its gate. */
export interface Knowledge {
  readonly tools: readonly Tool[];
  /** For the system prompt; empty when nothing is remembered. */
  readonly text: string;
  /** What an active skill does not permit is denied; for `narrowBy`. */
  readonly narrowings: readonly Check[];
  /** Adds the question about memory that content from outside would write. */
  guard(taint: Check): Check;
}

/** What the tools ask about the agent that uses them; it is built after them. */
export interface KnowingAgent {
  /** The skill that its session says it works by. */
  activeSkill(): string | null;
  isTainted(): boolean;
  readonly scope: AuditScope;
  record(event: AuditEvent): void;
}

/** Opens skills and memory for one agent. Nothing is loaded where there is neither. */
export async function openKnowledge(wiring: Wiring, options: RunOptions, agent: KnowingAgent): Promise<Knowledge> {
  const skills = await openAgentSkills(wiring, agent);
  const memory = await openAgentMemory(wiring, options, agent);
  return {
    tools: [...skills.tools, ...memory.tools],
    text: memory.text,
    narrowings: skills.checks,
    guard: (taint) => joinChecks(taint, ...memory.checks),
  };
}

interface Part {
  readonly tools: readonly Tool[];
  readonly checks: readonly Check[];
}

const NOTHING: Part = { tools: [], checks: [] };

async function openAgentSkills(wiring: Wiring, agent: KnowingAgent): Promise<Part> {
  const { skills } = await wiring.skills();
  if (skills.size === 0) return NOTHING;
  const { createSkillTool } = await import("../skills/index.ts");
  const onLoad = ({ name, body }: Skill): void =>
    agent.record({ type: "skill_loaded", ...agent.scope, data: { skill: name, digest: sha256(body) } });
  const { tool, state } = createSkillTool({ skills, activeName: () => agent.activeSkill(), onLoad });
  // A tool takes whatever its schema makes of what a model sent.
  return { tools: [tool as Tool], checks: [createSkillCheck(state, wiring.settings.home)] };
}

/** What works whichever skill is active: to leave it, and to keep the list of things to do. */
const ALWAYS = ["Skill", "TodoWrite"];

const NO_OPINION: CheckAnswer = { effect: "none", basis: "default", reason: "No skill limits the tools" };

function createSkillCheck(state: SkillState, home: string): Check {
  const limits = new Map<Skill, Check>();
  const limitOf = async (skill: Skill, allowed: readonly string[]): Promise<Check> => {
    const { onlyTools } = await import("../subagents/narrow-check.ts");
    const check = limits.get(skill) ?? onlyTools([...allowed, ...ALWAYS], { home });
    limits.set(skill, check);
    return check;
  };
  return {
    async check(call, scope) {
      const { active } = state;
      if (active?.allowedTools === undefined) return NO_OPINION;
      const answer = await (await limitOf(active, active.allowedTools)).check(call, scope);
      if (answer.effect !== "deny") return answer;
      const reason = `The skill "${active.name}" is active and permits only ${active.allowedTools.join(", ") || "no tools"}; leave it with Skill "none"`;
      return { ...answer, rule: `skill ${active.name}`, reason };
    },
  };
}

async function openAgentMemory(
  { settings }: Wiring,
  options: RunOptions,
  agent: KnowingAgent,
): Promise<Part & { readonly text: string }> {
  const { enabled = false, ...configured } = settings.config.memory;
  const { memory = enabled } = options;
  if (memory === false) return { ...NOTHING, text: "" };
  const { createMemoryGuard, createMemoryTools, openMemoryStore, writeMemoryIndex } =
    await import("../memory/index.ts");
  const { user = true, project = true } = memory === true ? configured : memory;
  const scopes: readonly MemoryScope[] = [
    ...(user ? (["user"] as const) : []),
    ...(project ? (["project"] as const) : []),
  ];
  const store: MemoryStore = openMemoryStore({
    directories: {
      ...(user ? { user: dataFolder(settings.home, "memory", "user") } : {}),
      ...(project ? { project: dataFolder(settings.home, "memory", "projects", projectName(settings)) } : {}),
    },
    clock: options.clock ?? systemClock,
    log: settings.log,
  });
  const tools = createMemoryTools({
    store,
    scopes,
    isTainted: () => agent.isTainted(),
    onAccess: ({ action, scope, key, content }) => {
      const digest = content === undefined ? {} : { digest: sha256(content) };
      agent.record({
        type: "memory",
        ...agent.scope,
        data: { action, ...digest },
        content: { key: `${scope}/${key}` },
      });
    },
  });
  return { tools, checks: [createMemoryGuard()], text: writeMemoryIndex(await store.list()) };
}

/** Outside of the project, where neither its files nor its commands can write: one directory for each place on the disk. */
function projectName({ cwd, folders }: Settings): string {
  const root = folders[0] ?? cwd;
  const name = (root.split(/[\\/]/).at(-1) ?? "").replaceAll(/[^\w.-]/g, "_").slice(0, 40);
  return `${name}-${sha256(root).slice(0, 16)}`;
}
