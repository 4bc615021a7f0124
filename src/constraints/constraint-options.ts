import type { KnownNames } from "../errors/index.ts";
import type { ConstraintRule } from "./constraint-rule.ts";
import type { ConstraintDomain, DomainOptions } from "./domain-rules.ts";
import type { FormatRule } from "./format-rules.ts";

/** What constraints are in force. */
export interface ConstraintOptions extends DomainOptions {
  /** Rule sets of lines of business. */
  readonly domains?: readonly ConstraintDomain[];
  /** Rules about code and data that is written: hard-coded secrets, injection-prone SQL, … @default false */
  readonly code?: boolean;
  /** Forms that files must have. */
  readonly formats?: readonly FormatRule[];
  /** Rules of the host. */
  readonly rules?: readonly ConstraintRule[];
  /** Kinds of the secrets that a text holds. */
  readonly findSecrets?: (text: string) => readonly string[];
}

/** The names of all of them; whoever takes them from a host refuses every other. */
export const CONSTRAINT_OPTION_NAMES: KnownNames<ConstraintOptions> = {
  domains: true,
  code: true,
  formats: true,
  rules: true,
  findSecrets: true,
  largeAmount: true,
};
