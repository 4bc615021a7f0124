import { suggestName } from "../errors/index.ts";
import { isToolGlob } from "../shell/tool-glob.ts";

/**
 * A rule: `"Bash"`, `"mcp__*"`, `"Read(*.py)"`, `"Bash(git *)"`, `"WebFetch(domain:example.com)"`, or a tool with globs for
 * its arguments. Denials and questions take the name of a tool in any case, and `"Bash(git push:*)"` for what begins so.
 */
export type PermissionRule = string | { readonly tool: string; readonly args?: Readonly<Record<string, string>> };

/** Rules of a person. A denial goes before everything, a question before an allowance. */
export interface PermissionRules {
  readonly allow?: readonly PermissionRule[];
  readonly deny?: readonly PermissionRule[];
  readonly ask?: readonly PermissionRule[];
}

/** A rule that was checked. */
export interface ReadRule {
  /** As it was written. */
  readonly name: string;
  readonly tool: string;
  /** A glob for what the call is about: its command, path or address. */
  readonly subject?: string;
  /** Globs by the name of the argument. */
  readonly args: ReadonlyMap<string, string>;
}

/** Rules that were checked. */
export type ReadRules = { readonly [Kind in keyof Required<PermissionRules>]: readonly ReadRule[] };

const KINDS = ["allow", "deny", "ask"] as const;

/** Checks rules. Throws a `TypeError` that names the rule: one that is misread would allow or miss what it should not. */
export function readRules(rules: PermissionRules): ReadRules {
  for (const key of Object.keys(rules)) {
    if (!KINDS.some((kind) => kind === key)) {
      throw new TypeError(`Unknown option "permissions.${key}".${suggestName(key, KINDS)}`);
    }
  }
  const read = (kind: (typeof KINDS)[number]): readonly ReadRule[] => {
    const list: unknown = rules[kind] ?? [];
    if (!Array.isArray(list)) throw new TypeError(`permissions.${kind} must be a list`);
    return list.map((rule: unknown, index) => readRule(rule, `permissions.${kind}[${index}]`));
  };
  return { allow: read("allow"), deny: read("deny"), ask: read("ask") };
}

function readRule(rule: unknown, place: string): ReadRule {
  if (typeof rule === "string") return readText(rule, place);
  if (
    typeof rule !== "object" ||
    rule === null ||
    !("tool" in rule) ||
    typeof rule.tool !== "string" ||
    !isToolGlob(rule.tool)
  ) {
    throw new TypeError(`${place} must be a text such as "Bash(git *)", or { tool, args }`);
  }
  for (const key of Object.keys(rule)) {
    if (key !== "tool" && key !== "args")
      throw new TypeError(`Unknown key "${place}.${key}".${suggestName(key, ["tool", "args"])}`);
  }
  const args = "args" in rule ? rule.args : {};
  if (typeof args !== "object" || args === null || Array.isArray(args))
    throw new TypeError(`${place}.args must be a map of globs`);
  const globs = Object.entries(args).map(([name, glob]: [string, unknown]): [string, string] => {
    if (typeof glob === "string" && glob !== "") return [name, glob];
    throw new TypeError(`${place}.args.${name} must be a glob: a text that is not empty`);
  });
  const name =
    globs.length === 0 ? rule.tool : `${rule.tool}(${globs.map(([key, glob]) => `${key}: ${glob}`).join(", ")})`;
  return { name, tool: rule.tool, args: new Map(globs) };
}

function readText(rule: string, place: string): ReadRule {
  const [, tool, brackets, subject] = /^([^\s()]+)(\((.*)\))?$/s.exec(rule.trim()) ?? [];
  if (tool === undefined || !isToolGlob(tool) || (brackets !== undefined && subject === "")) {
    throw new TypeError(`${place} must look like "Bash", "mcp__*" or "Bash(git *)", not ${JSON.stringify(rule)}`);
  }
  return { name: rule, tool, args: new Map(), ...(subject === undefined ? {} : { subject }) };
}
