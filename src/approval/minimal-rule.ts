import { resolve } from "node:path";

import { realPath } from "../paths/index.ts";
import type { ApprovalQuestion, JsonValue } from "../spec/index.ts";

/** What a remembered approval covers: one tool, and one command, file, address or set of arguments. */
export interface MinimalRule {
  readonly tool: string;
  readonly kind: "command" | "path" | "url" | "arguments";
  /** The command, the real path of the file, the address, or the digest of the arguments. */
  readonly value: string;
  /** As people read it. */
  readonly text: string;
}

/** Arguments that change nothing of what a call does. */
const IDLE = new Set(["timeout", "description", "offset", "limit", "max_length"]);
/** Arguments that hold what is written; the rule is about the file. */
const CONTENT = new Set(["content", "old_string", "new_string", "replace_all"]);
/** Words alone: nothing that the shell replaces, joins or redirects. */
const PLAIN_COMMAND = /^[\w./:@%+,=-]+(?: [\w./:@%+,=-]+)*$/;

/**
 * The least that covers a call: this very command, this file, this address, or else exactly these arguments.
 */
export function minimalRule({ name, args, argsDigest, cwd }: ApprovalQuestion): MinimalRule {
  const main = Object.entries(args).filter(([key, value]) => !IDLE.has(key) && value !== null);
  const [[key, value] = ["", undefined], ...others] = main.filter(([other]) => !CONTENT.has(other));
  const exact: MinimalRule = {
    tool: name,
    kind: "arguments",
    value: argsDigest,
    text: `${name}(exactly these arguments)`,
  };
  if (typeof value !== "string" || others.length > 0) return exact;
  const hasContent = main.some(([other]) => CONTENT.has(other));
  if (key === "command" && !hasContent) return ruleOf(name, "command", value.trim());
  if (key === "url" && !hasContent) return ruleOf(name, "url", value);
  if (key !== "file_path" && key !== "path") return exact;
  const real = realPath(resolve(cwd, value));
  return real === undefined ? exact : { ...ruleOf(name, "path", real), text: `${name}(${value})` };
}

/** Whether a rule says all that a call does, so that it may hold for good: a command without anything that the shell replaces. */
export function holdsForGood({ kind, value }: MinimalRule): boolean {
  return kind === "command" ? value.length <= 200 && PLAIN_COMMAND.test(value) : true;
}

/** Whether two rules cover the same. */
export function isSameRule(left: MinimalRule, right: MinimalRule): boolean {
  return left.tool === right.tool && left.kind === right.kind && left.value === right.value;
}

/** Reads what was written to a file; `undefined` for anything else. */
export function readRule(value: JsonValue | undefined): MinimalRule | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { tool, kind, value: covered, text } = value as Readonly<Record<string, unknown>>;
  const isKnown = kind === "command" || kind === "path" || kind === "url" || kind === "arguments";
  if (!isKnown || typeof tool !== "string" || typeof covered !== "string" || typeof text !== "string") return undefined;
  return { tool, kind, value: covered, text };
}

function ruleOf(tool: string, kind: MinimalRule["kind"], value: string): MinimalRule {
  return { tool, kind, value, text: `${tool}(${value})` };
}
