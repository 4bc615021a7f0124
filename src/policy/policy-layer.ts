import type { PolicyEffect } from "./policy-decision.ts";

/** Where a layer stands: `host` and `organisation` above `team` above `project`. */
export type PolicyLevel = "host" | "organisation" | "team" | "project";

/** The conditions that a rule may have. */
export type PolicyConditionType = "command_matches" | "path_matches" | "not_path_matches" | "content_matches";

/** A rule as people write it. Every condition must hold. */
export interface PolicyRule {
  /** A tool's name or a glob: `Bash`, `mcp__*`. @default "*" */
  readonly tool?: string;
  readonly decision: PolicyEffect;
  /** Globs for commands and paths, a regular expression for content. */
  readonly when?: { readonly [Type in PolicyConditionType]?: string };
  /** Regular expressions (RE2 syntax); a type may stand several times. */
  readonly conditions?: readonly { readonly type: PolicyConditionType; readonly pattern: string }[];
  /** The rule's name for people. */
  readonly description?: string;
  /** A denial that a more specific layer may lift. @default false */
  readonly overridable?: boolean;
  /** Calls that the rule must match, tried when the policy loads: a command, a path, or arguments. */
  readonly match?: readonly (string | Readonly<Record<string, string>>)[];
  /** Calls that it must not match. */
  readonly not_match?: readonly (string | Readonly<Record<string, string>>)[];
}

/** A policy as it stands in a file; the names are those of the file. */
export interface PolicyDocument {
  readonly version: 1;
  readonly description?: string;
  /** What holds when no rule of any layer matches. */
  readonly defaults?: { readonly decision: PolicyEffect };
  /** The parent's path, from this file or from `~/`. Only for files. */
  readonly inherit_from?: string;
  readonly rules?: readonly PolicyRule[];
}

/** A policy made in code. */
export interface PolicyLayer {
  /** @default "host" */
  readonly level?: PolicyLevel;
  /** For people. @default the level */
  readonly name?: string;
  /** An untrusted layer may only tighten: its allowances don't count. @default true */
  readonly isTrusted?: boolean;
  /** `version` may be left out in code. */
  readonly policy: Omit<PolicyDocument, "version" | "inherit_from"> & { readonly version?: 1 };
}
