import { PolicyEngine, type PolicyLayer, type PolicyRule } from "../../src/policy/index.ts";
import type { JsonObject } from "../../src/spec/index.ts";

/** A folder that does not exist, so that paths in tests mean what they say. */
export const CWD = "/work-of-nobody/project";

/** An engine with one trusted layer. */
export function engineOf(...rules: readonly PolicyRule[]): PolicyEngine {
  return new PolicyEngine({ layers: [{ policy: { rules } }], home: "/home/nobody" });
}

/** What rules say about a command. */
export function judge(command: string, ...rules: readonly PolicyRule[]): string {
  return engineOf(...rules).check({ tool: "Bash", args: { command }, cwd: CWD }).effect;
}

/** What rules say about a call of a tool. */
export function judgeCall(tool: string, args: JsonObject, ...rules: readonly PolicyRule[]): string {
  return engineOf(...rules).check({ tool, args, cwd: CWD }).effect;
}

/** What layers say about a command. */
export function judgeLayers(command: string, ...layers: readonly PolicyLayer[]): string {
  return new PolicyEngine({ layers }).check({ tool: "Bash", args: { command }, cwd: CWD }).effect;
}
