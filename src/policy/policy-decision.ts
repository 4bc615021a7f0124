import type { JsonObject, Tool } from "../spec/index.ts";

/** What a policy may answer. */
export type PolicyEffect = "allow" | "deny" | "ask";

/** A call that a policy is asked about. */
export interface PolicyCall {
  /** The tool's name. */
  readonly tool: string;
  readonly args: JsonObject;
  /** Where the call happens; relative paths mean files below it. @default process.cwd() */
  readonly cwd?: string;
  /** Names of more arguments that hold paths, next to `file_path` and `path`. */
  readonly pathArgs?: readonly string[];
  /** What the tool is declared to do. Left out, only our own tools are known to read or write no more than they say. */
  readonly effect?: Tool["effect"];
  /** The agent that calls. Where it is left out, a denial about agents asks, and an allowance about them does not hold. */
  readonly agent?: string;
  /** Whether content from outside is in the context. Left out as above. */
  readonly isTainted?: boolean;
}

/** What one layer said about a call. */
export interface PolicyTraceEntry {
  readonly layer: string;
  readonly file?: string;
  /** `none`: no rule of the layer matched. */
  readonly effect: PolicyEffect | "none";
  readonly rule?: string;
  /** `maybe`: only what is known at run time decides whether the rule matches. */
  readonly match: "yes" | "maybe" | "no";
  readonly reason: string;
}

/** A policy's answer. `none`: it has no opinion. */
export interface PolicyDecision {
  readonly effect: PolicyEffect | "none";
  /** The rule as people know it: its description, or its file and number. */
  readonly rule?: string;
  /** The layer that decided. */
  readonly layer?: string;
  readonly reason: string;
  /** Every layer that was asked, the most specific first. */
  readonly trace: readonly PolicyTraceEntry[];
  /** In simulation: what the answer would have been. */
  readonly simulated?: { readonly effect: PolicyEffect; readonly rule?: string; readonly reason: string };
}

/** A rule that matches a call, whether or not it decides. */
export interface PolicyMatch {
  readonly effect: PolicyEffect;
  readonly rule: string;
  readonly layer: string;
  readonly file?: string;
  readonly line?: number;
  readonly match: "yes" | "maybe";
}

/** Something in a policy that is probably not meant. */
export interface PolicyFinding {
  readonly type: "unreachable" | "shadowed" | "ineffective" | "unknown_tool" | "suspicious";
  readonly rule: string;
  readonly layer: string;
  readonly file?: string;
  readonly line?: number;
  readonly message: string;
}
