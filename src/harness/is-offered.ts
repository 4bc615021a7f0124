import { registeredRisk } from "../risk/tool-registry.ts";
import type { RiskLevel, Tool } from "../spec/index.ts";
import { levelOf } from "./open-approval.ts";
import type { RunOptions } from "./run-options.ts";

/** Whether a tool is shown to a model at all: one that is never executed is not, nor one that does more than a trust level permits. */
export function isOffered(tool: Tool, options: Pick<RunOptions, "trustLevel" | "risk">): boolean {
  if (isBlocked(tool, options)) return false;
  return levelOf(options.trustLevel) !== "read_only" || tool.effect === "read";
}

/** Whether a tool is of risk "block" by its own word, the host's registry or, without one, its name. */
export function isBlocked({ name, risk }: Tool, options: Pick<RunOptions, "risk">): boolean {
  return risk === "block" || (ownRisk(name, options) ?? registeredRisk(name)?.level) === "block";
}

function ownRisk(name: string, { risk }: Pick<RunOptions, "risk">): RiskLevel | undefined {
  if (risk === undefined || "check" in risk) return undefined;
  const { registry = {} } = risk;
  return Object.hasOwn(registry, name) ? registry[name] : undefined;
}
