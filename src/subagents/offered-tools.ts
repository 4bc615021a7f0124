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
  const names = tools?.map((rule) => (typeof rule === "string" ? rule.replace(/\(.*$/s, "").trim() : rule.tool));
  return ({ name, effect }) => {
    if (parent.get(name) === undefined) return false;
    if (isReadOnly && effect !== "read") return false;
    return names === undefined || names.some((glob) => matchGlob(glob, name));
  };
}
