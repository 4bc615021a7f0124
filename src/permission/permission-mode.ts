import { suggestName } from "../errors/index.ts";
import type { ToolEffect } from "../spec/index.ts";

/** Which effects run without being asked about. */
export type PermissionMode = "default" | "accept_edits" | "plan" | "bypass";

type Answers = Readonly<Record<PermissionMode, "allow" | "ask" | "deny">>;

const MODES = ["default", "accept_edits", "plan", "bypass"] as const satisfies readonly PermissionMode[];
const READ: Answers = { default: "allow", accept_edits: "allow", plan: "allow", bypass: "allow" };
const WRITE: Answers = { default: "ask", accept_edits: "allow", plan: "deny", bypass: "allow" };
const ACT: Answers = { default: "ask", accept_edits: "ask", plan: "deny", bypass: "allow" };
/** For tools from code without types, which don't say what they do. */
const UNKNOWN: Answers = { default: "ask", accept_edits: "ask", plan: "deny", bypass: "ask" };

/** The mode of this name. Throws a `TypeError` that suggests the nearest when there is none. */
export function readMode(name: string): PermissionMode {
  const mode = MODES.find((known) => known === name);
  if (mode !== undefined) return mode;
  throw new TypeError(
    `The permission mode must be one of ${MODES.join(", ")}, not "${name}".${suggestName(name, MODES)}`,
  );
}

/** What a mode says about an effect for which nobody wrote a rule. */
export function answerOfMode(mode: PermissionMode, effect: ToolEffect): "allow" | "ask" | "deny" {
  switch (effect) {
    case "read":
      return READ[mode];
    case "write":
      return WRITE[mode];
    case "execute":
    case "network":
    case "agent":
      return ACT[mode];
    default:
      effect satisfies never;
      return UNKNOWN[mode];
  }
}
