export type { ConstrainedCall, ConstraintRule, Severity, WrittenText } from "./constraint-rule.ts";
export type { ConstraintOptions } from "./constraint-options.ts";
export { createConstraintCheck } from "./create-constraint-check.ts";
export { CONSTRAINT_DOMAINS, type ConstraintDomain, type DomainOptions } from "./domain-rules.ts";
export type { FormatRule } from "./format-rules.ts";
