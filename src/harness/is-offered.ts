import { registeredRisk } from "../risk/tool-registry.ts";
import type { Tool } from "../spec/index.ts";
import { levelOf } from "./open-approval.ts";
import type { RunOptions } from "./run-options.ts";

/** Whether a tool is shown to a model at all: one that is never executed is not, nor one that does more than a trust level permits. */
export function isOffered({ name, risk, effect }: Tool, { trustLevel }: Pick<RunOptions, "trustLevel">): boolean {
  if (risk === "block" || registeredRisk(name)?.level === "block") return false;
  return levelOf(trustLevel) !== "read_only" || effect === "read";
}
