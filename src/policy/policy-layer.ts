import type { PolicyEffect } from "./policy-decision.ts";

/** Where a layer stands: `host` and `organisation` above `team` above `project`. */
export type PolicyLevel = "host" | "organisation" | "team" | "project";

/** The conditions that a rule may have. */
export type PolicyConditionType = "command_matches" | "path_matches" | "not_path_matches" | "content_matches";

/** The precise form for commands: every part must hold for the same simple command. */
export interface PolicyCommand {
  /** Globs for the program's name without its folder. */
  readonly program?: string | readonly string[];
  /**
   * Globs for arguments. A denial or question wants each of them among the arguments; an allowance wants every argument
   * to match one of them.
   */
  readonly args?: string | readonly string[];
  /** The first words: `["git", "push"]`. */
  readonly prefix?: string | readonly string[];
}

/** When a rule holds: a part of the day (`"HH:MM"`, over midnight too) and the days of the week. */
export interface PolicyTime {
  readonly after?: string;
  readonly before?: string;
  readonly days?: readonly ("sun" | "mon" | "tue" | "wed" | "thu" | "fri" | "sat")[];
  /** Name of a time zone. @default "UTC" */
  readonly zone?: string;
}

/** The conditions of a rule, all of which must hold. Lists mean "one of". */
export type PolicyWhen = {
  /** Globs for commands and paths, a regular expression for content: the seed's short form. */
  readonly [Type in PolicyConditionType]?: string;
} & {
  readonly command?: PolicyCommand;
  /** Globs for every file that the call names or a command reads or writes. */
  readonly path?: string | readonly string[];
  /** The conditions about paths mean only files that are read, or only those that are written, created or removed. */
  readonly access?: "read" | "write";
  /** Globs for every address that the call names, as browsers write it. */
  readonly url?: string | readonly string[];
  /** Hosts: `example.com`, or `*.example.com` for those below it. */
  readonly host?: string | readonly string[];
  /** Regular expressions (RE2 syntax) searched in what is written. */
  readonly content?: string | readonly string[];
  /** Globs for the agent's name. */
  readonly agent?: string | readonly string[];
  /** Whether content from outside has come into the context. */
  readonly tainted?: boolean;
  readonly time?: PolicyTime;
} & {
  /** Globs for one argument of the tool. */
  readonly [Argument in `args.${string}`]?: string | readonly string[];
};

/** A rule as people write it. Every condition must hold. */
export interface PolicyRule {
  /** A tool's name or a glob: `Bash`, `mcp__*`. @default "*" */
  readonly tool?: string;
  readonly decision: PolicyEffect;
  readonly when?: PolicyWhen;
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
