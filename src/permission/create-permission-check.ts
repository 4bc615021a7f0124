import { checkKnownNames, type KnownNames } from "../errors/index.ts";
import type { Check, CheckAnswer, ToolEffect } from "../spec/index.ts";
import { matchRule, type MatchKind, type PermissionCall } from "./match-rule.ts";
import { answerOfMode, readMode, type PermissionMode } from "./permission-mode.ts";
import { createProtectedWrites } from "./protected-writes.ts";
import { readRules, type PermissionRules, type ReadRule } from "./permission-rules.ts";

/** What a permission check is made of. */
export interface PermissionCheckOptions {
  /** @default "default" */
  readonly mode?: PermissionMode;
  readonly rules?: PermissionRules;
  /** Files that nothing may write in any mode, besides those of Harness itself, git's hooks and shell start files. */
  readonly protectedPaths?: readonly string[];
  /** What `~` stands for in paths. @default the user's home */
  readonly home?: string;
  /** Follows the links of an absolute path as far as it exists; `undefined` when that fails. @default asks the file system */
  readonly realpath?: (path: string) => string | undefined;
}

const OPTIONS: KnownNames<PermissionCheckOptions> = {
  mode: true,
  rules: true,
  protectedPaths: true,
  home: true,
  realpath: true,
};

/** A check by mode and rules. */
export interface PermissionCheck extends Check {
  readonly mode: PermissionMode;
  /** The same answer, without the pipeline around it. */
  decide(call: PermissionCall): CheckAnswer;
}

/**
 * Makes the check of the permission mode and the person's rules. In order: a rule that denies, plan mode (which permits
 * tools that only read, whatever is allowed), a rule that asks, one that allows, the mode. Modes go by what a tool
 * declares to do, never by its name. Throws a `TypeError` for a mode or rule that it cannot read.
 *
 * @example
 * createPermissionCheck({ mode: "accept_edits", rules: { allow: ["Bash(npm test)"], deny: ["Read(*.env)"] } });
 */
export function createPermissionCheck(options: PermissionCheckOptions = {}): PermissionCheck {
  checkKnownNames("createPermissionCheck()", options, OPTIONS);
  const { mode: name = "default", rules: given = {}, protectedPaths = [], ...paths } = options;
  const mode = readMode(name);
  const rules = readRules(given);
  const findProtected = createProtectedWrites({ ...paths, protectedPaths });
  const find = (list: readonly ReadRule[], call: PermissionCall, kind: MatchKind): Found =>
    findRule(list, call, kind, paths);

  /** The answer to nearly every call: made once for each effect that a tool may have. */
  const defaults = new Map<ToolEffect, CheckAnswer>();
  const defaultOf = (effect: ToolEffect, byMode: "allow" | "ask"): CheckAnswer => {
    const known = defaults.get(effect);
    if (known !== undefined) return known;
    const verb = byMode === "allow" ? "permits" : "asks about";
    const reason = `The mode "${mode}" ${verb} tools that are declared "${effect}"`;
    const answer: CheckAnswer = Object.freeze({ effect: byMode, basis: "default", reason });
    defaults.set(effect, answer);
    return answer;
  };

  const decide = (call: PermissionCall): CheckAnswer => {
    const denial = find(rules.deny, call, "any");
    if (denial.yes !== undefined) return byRule("deny", denial.yes, "denies");
    const own = findProtected({ ...call, cwd: call.cwd ?? process.cwd() });
    if (own !== undefined) {
      const reason = `${own} decides about this agent or runs code on its own: no tool may write it, in any mode`;
      return { effect: "deny", basis: "rule", rule: "protected-paths", reason };
    }
    const byMode = answerOfMode(mode, call.tool.effect);
    if (byMode === "deny") {
      return {
        effect: "deny",
        basis: "default",
        reason: `In ${mode} mode only tools that read are permitted; ${call.tool.name} is declared "${call.tool.effect}"`,
      };
    }
    const question = find(rules.ask, call, "any");
    const asking = question.yes ?? denial.maybe ?? question.maybe;
    if (asking !== undefined)
      return byRule("ask", asking, question.yes === undefined ? "could apply to" : "asks about");
    const allowance = find(rules.allow, call, "every");
    if (allowance.yes !== undefined) return byRule("allow", allowance.yes, "allows");
    return defaultOf(call.tool.effect, byMode);
  };
  return { mode, decide, check: ({ tool, args }, { cwd }) => decide({ tool, args, cwd }) };
}

const NOTHING: Found = {};

interface Found {
  readonly yes?: ReadRule;
  readonly maybe?: ReadRule;
}

function findRule(
  rules: readonly ReadRule[],
  call: PermissionCall,
  kind: MatchKind,
  paths: Parameters<typeof matchRule>[3],
): Found {
  let maybe: ReadRule | undefined;
  for (const rule of rules) {
    const match = matchRule(rule, call, kind, paths);
    if (match === "yes") return { yes: rule };
    if (match === "maybe") maybe ??= rule;
  }
  return maybe === undefined ? NOTHING : { maybe };
}

function byRule(effect: "allow" | "ask" | "deny", { name }: ReadRule, verb: string): CheckAnswer {
  return { effect, basis: "rule", rule: name, reason: `The permission rule "${name}" ${verb} this call` };
}
