import { suggestName } from "../errors/index.ts";
import { createPermissionCheck } from "../permission/index.ts";
import type { AgentDefinition, AgentDefinitions, AgentSandbox } from "./agent-definition.ts";
import { checkAgentName } from "./agent-name.ts";

/** Every key of a definition: leaving one out does not compile. */
const KEYS: Readonly<Record<keyof AgentDefinition, true>> = {
  description: true,
  systemPrompt: true,
  prompt: true,
  tools: true,
  isReadOnly: true,
  sandbox: true,
  permissionMode: true,
  model: true,
  maxTurns: true,
  budget: true,
  timeoutMs: true,
};

/** Checks definitions of a host. Throws a `TypeError` or `ConfigError` that names the agent and what is wrong with it. */
export function checkDefinitions(agents: Readonly<Record<string, AgentDefinition>>): AgentDefinitions {
  for (const [name, definition] of Object.entries(agents)) {
    checkAgentName(name);
    const place = `agents.${name}`;
    if (typeof definition !== "object" || definition === null) throw new TypeError(`${place} must be an object`);
    for (const key of Object.keys(definition)) {
      if (Object.hasOwn(KEYS, key)) continue;
      throw new TypeError(`Unknown option "${place}.${key}".${suggestName(key, Object.keys(KEYS))}`);
    }
    if (typeof definition.description !== "string" || definition.description.trim() === "") {
      throw new TypeError(`${place}.description is missing: it tells the model what the agent is for`);
    }
    checkSandbox(place, definition.sandbox);
    checkLimits(place, definition);
  }
  return new Map(Object.entries(agents).map(([name, definition]) => [name, nameOnce(name, definition)]));
}

/** One name for the prompt inside. */
function nameOnce(name: string, { prompt, ...definition }: AgentDefinition): AgentDefinition {
  if (prompt === undefined) return definition;
  if (definition.systemPrompt === undefined) return { ...definition, systemPrompt: prompt };
  throw new TypeError(`agents.${name} has both prompt and systemPrompt: pass one`);
}

const CLOSED: Readonly<Record<keyof AgentSandbox, string>> = { network: "none", files: "read-only" };

/** A restriction that is spelled wrongly must not be taken for none. */
function checkSandbox(place: string, sandbox: unknown): void {
  if (sandbox === undefined) return;
  if (typeof sandbox !== "object" || sandbox === null || Array.isArray(sandbox)) {
    throw new TypeError(
      `${place}.sandbox must be an object: an agent works in the sandbox of its parent, with parts closed`,
    );
  }
  for (const [key, value] of Object.entries(sandbox)) {
    const known = new Map(Object.entries(CLOSED)).get(key);
    if (known === undefined)
      throw new TypeError(`Unknown option "${place}.sandbox.${key}".${suggestName(key, Object.keys(CLOSED))}`);
    if (value !== undefined && value !== known) {
      throw new TypeError(`${place}.sandbox.${key} can only be "${known}", not ${JSON.stringify(value)}`);
    }
  }
}

function checkLimits(place: string, { tools, permissionMode, maxTurns, timeoutMs }: AgentDefinition): void {
  if (tools !== undefined && !Array.isArray(tools)) throw new TypeError(`${place}.tools must be a list`);
  // Throws for a rule or a mode that cannot be read.
  createPermissionCheck({
    ...(permissionMode === undefined ? {} : { mode: permissionMode }),
    rules: { allow: tools ?? [] },
  });
  for (const [name, value] of Object.entries({ maxTurns, timeoutMs })) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue;
    throw new RangeError(`${place}.${name} must be a whole number of at least 1, not ${String(value)}`);
  }
}
