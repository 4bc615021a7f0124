import { checkKnownNames, describeError, suggestName } from "../errors/index.ts";
import type { Check, CheckAnswer } from "../spec/index.ts";
import { codeRules } from "./code-rules.ts";
import { CONSTRAINT_OPTION_NAMES, type ConstraintOptions } from "./constraint-options.ts";
import type { ConstrainedCall, ConstraintRule } from "./constraint-rule.ts";
import { CONSTRAINT_DOMAINS, domainRules } from "./domain-rules.ts";
import { formatRules } from "./format-rules.ts";
import { readCall } from "./read-call.ts";

const NONE: CheckAnswer = { effect: "none", basis: "default", reason: "No constraint is violated" };

/**
 * Makes the check of constraints: what a line of business, a form or safe code demands of a call before it has any effect.
 * A critical violation denies and tells the model how to put it right, a high or medium one asks a person. Throws a
 * `TypeError` for a domain that it does not know.
 *
 * @example
 * createConstraintCheck({ domains: ["finance"], code: true, formats: [{ paths: ["*.json"], format: "json" }] });
 */
export function createConstraintCheck(options: ConstraintOptions): Check {
  checkKnownNames("createConstraintCheck()", options, CONSTRAINT_OPTION_NAMES);
  const { domains = [], code = false, formats = [], rules = [], findSecrets, largeAmount } = options;
  for (const domain of domains) {
    if (CONSTRAINT_DOMAINS.includes(domain)) continue;
    throw new TypeError(
      `There is no domain "${String(domain)}".${suggestName(String(domain), CONSTRAINT_DOMAINS)} Domains: ${CONSTRAINT_DOMAINS.join(", ")}`,
    );
  }
  const all: readonly ConstraintRule[] = [
    ...domains.flatMap((domain) => domainRules(domain, largeAmount === undefined ? {} : { largeAmount })),
    ...(code ? codeRules(findSecrets === undefined ? {} : { findSecrets }) : []),
    ...formatRules(formats),
    ...rules,
  ];
  return {
    check(call, scope) {
      const read = readCall(call, scope);
      const violations = all.flatMap((rule) => {
        const problem = tryRule(rule, read);
        return problem === undefined ? [] : [{ rule, problem }];
      });
      const worst =
        violations.find(({ rule }) => rule.severity === "critical") ??
        violations.find(({ rule }) => rule.severity !== "low");
      if (worst === undefined) return violations.length === 0 ? NONE : { ...NONE, reason: tell(violations) };
      const isCritical = worst.rule.severity === "critical";
      return {
        effect: isCritical ? "deny" : "ask",
        basis: "rule",
        rule: worst.rule.id,
        reason: tell([worst, ...violations.filter((one) => one !== worst)]),
      };
    },
  };
}

/** A rule may be anybody's code: one that throws has found something that it could not look at. */
function tryRule(rule: ConstraintRule, call: ConstrainedCall): string | undefined {
  try {
    const problem: unknown = rule.check(call);
    if (problem === undefined || typeof problem === "string") return problem;
    return `the rule answered in an unknown form (${typeof problem})`;
  } catch (error) {
    return `the rule failed: ${describeError(error)}`;
  }
}

function tell(violations: readonly { readonly rule: ConstraintRule; readonly problem: string }[]): string {
  return violations
    .slice(0, 3)
    .map(({ rule, problem }) => `${rule.id}: ${problem}`)
    .join("; ");
}
