import { analyseCommand } from "../shell/index.ts";
import type { JsonObject, RiskLevel, Tool, ToolEffect } from "../spec/index.ts";
import { commandRisks } from "./command-risks.ts";
import { highest, type RiskFinding } from "./risk-finding.ts";
import { sensitivePath } from "./sensitive-path.ts";

/** A call whose risk is wanted. A tool's name alone is enough for the built-in tools. */
export interface RiskCall {
  readonly tool: Pick<Tool, "name" | "effect" | "risk" | "pathArgs"> | string;
  readonly args?: JsonObject;
}

/** How dangerous a call is, and why. */
export interface Risk {
  readonly level: RiskLevel;
  /** For people; the gravest first. */
  readonly reasons: readonly string[];
}

const EFFECTS: ReadonlyMap<string, ToolEffect> = new Map([
  ["AskUser", "read"],
  ["Bash", "execute"],
  ["Checkpoint", "write"],
  ["Edit", "write"],
  ["Glob", "read"],
  ["Grep", "read"],
  ["Read", "read"],
  ["Task", "agent"],
  ["TodoWrite", "read"],
  ["ToolSearch", "read"],
  ["WebFetch", "network"],
  ["Write", "write"],
]);

/**
 * How dangerous a call is: by what its tool declares, by the commands that it would run and the files that it would
 * write. A tool that is not known is high. `block` is what nobody wants an agent to do.
 *
 * @example
 * classifyRisk({ tool: "Bash", args: { command: "sudo rm -rf /" } }).level; // "block"
 */
export function classifyRisk({ tool, args = {} }: RiskCall): Risk {
  const findings = [ofTool(tool)];
  if (typeof tool !== "string" && tool.risk !== undefined) {
    findings.push({ level: tool.risk, reason: `${tool.name} is declared to be of ${tool.risk} risk` });
  }
  const command = Object.hasOwn(args, "command") ? args["command"] : undefined;
  if (typeof command === "string") findings.push(...commandRisks(analyseCommand(command)));
  if (effectOf(tool) === "write") findings.push(...writtenPaths(tool, args));
  return highest(findings);
}

function effectOf(tool: RiskCall["tool"]): ToolEffect | undefined {
  return typeof tool === "string" ? EFFECTS.get(tool) : tool.effect;
}

function ofTool(tool: RiskCall["tool"]): RiskFinding {
  const effect = effectOf(tool);
  switch (effect) {
    case "read":
      return { level: "low", reason: "only reads" };
    case "write":
      return { level: "medium", reason: "writes files" };
    case "execute":
      return { level: "medium", reason: "runs a program" };
    case "network":
      return { level: "medium", reason: "reaches the network" };
    case "agent":
      return { level: "medium", reason: "starts another agent" };
    default:
      effect satisfies undefined;
      return { level: "high", reason: "what the tool does is not known" };
  }
}

function writtenPaths(tool: RiskCall["tool"], args: JsonObject): readonly RiskFinding[] {
  const names = ["file_path", "path", "notebook_path", ...(typeof tool === "string" ? [] : (tool.pathArgs ?? []))];
  return names.flatMap((name) => {
    const path = Object.hasOwn(args, name) ? args[name] : undefined;
    return typeof path === "string" ? (sensitivePath(path) ?? []) : [];
  });
}
