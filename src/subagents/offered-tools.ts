import { nearestName } from "../errors/index.ts";
// The file itself: the door would load the parser of commands before the first message.
import { matchGlob } from "../shell/match-glob.ts";
import type { Tool } from "../spec/index.ts";
import type { ToolLookup } from "../tool-call/index.ts";
import type { AgentDefinition } from "./agent-definition.ts";

/** Which tools a child is offered: those of its parent that its definition names. What they may do, the gate decides. */
export function offeredTools(
  { tools, isReadOnly = false }: Pick<AgentDefinition, "tools" | "isReadOnly">,
  parent: ToolLookup,
): (tool: Pick<Tool, "name" | "effect">) => boolean {
  const names = namesOf(tools);
  return ({ name, effect }) => {
    if (parent.get(name) === undefined) return false;
    if (isReadOnly && effect !== "read") return false;
    return names === undefined || names.some((glob) => matchGlob(glob, name));
  };
}

/**
 * What of the tools that a definition names is likely a slip of the pen, in words. A tool that its parent was not given is
 * none: the child works without it.
 */
export function describeSlips(
  agent: string,
  { tools }: Pick<AgentDefinition, "tools">,
  parent: ToolLookup,
): readonly string[] {
  const there = parent.names();
  return (namesOf(tools) ?? []).flatMap((glob) => {
    const nearest = there.some((name) => matchGlob(glob, name)) ? undefined : nearestName(glob, there);
    if (nearest === undefined) return [];
    return [`The agent "${agent}" names the tool "${glob}", which is not there. Did you mean "${nearest}"?`];
  });
}

function namesOf(tools: AgentDefinition["tools"]): readonly string[] | undefined {
  return tools?.map((rule) => (typeof rule === "string" ? rule.replace(/\(.*$/s, "").trim() : rule.tool));
}
