import type { PermissionMode, PermissionRule } from "../permission/index.ts";
import type { BudgetLimits } from "../spec/index.ts";

/**
 * A kind of sub-agent. Whatever it says can only narrow what the agent that asks for it may do itself: its tools are a
 * part of the parent's, each of its calls passes the parent's gate, and its budget is a slice of the parent's.
 */
export interface AgentDefinition {
  /** For the model that chooses: what the agent is good for. */
  readonly description: string;
  /** What the agent is told to be. @default the run's own system prompt */
  readonly systemPrompt?: string;
  /** The same as `systemPrompt`, as other SDKs call it. */
  readonly prompt?: string;
  /**
   * What it may use: names of tools, or rules such as "Bash(git diff *)" that each call must fit.
   * @default everything that the parent may use
   */
  readonly tools?: readonly PermissionRule[];
  /** Only tools that are declared to read, and files that can only be read. @default false */
  readonly isReadOnly?: boolean;
  /** What of the parent's sandbox is closed to it. @default nothing */
  readonly sandbox?: AgentSandbox;
  /** Counts where it is stricter than the parent's. */
  readonly permissionMode?: PermissionMode;
  /** An id of a model. @default the parent's */
  readonly model?: string;
  /** @default 50, never more than the parent's */
  readonly maxTurns?: number;
  /** @default half of what the parent has left */
  readonly budget?: BudgetLimits;
  /** Milliseconds. @default 1800000 */
  readonly timeoutMs?: number;
}

/** What an agent cannot do in the sandbox of its parent, nor can the agents that it asks. */
export interface AgentSandbox {
  /**
   * "none": `fetch` of tools refuses, tools of effect "network" and those that send out are denied, and commands too, unless
   * the sandbox itself holds the network back (`isolation.network` is "none"). What a tool's own code opens by itself, past
   * what it was given, only the sandbox of the host program can hold.
   */
  readonly network?: "none";
  /** "read-only": nothing can be written through `files`; tools of effect "write" are denied, and all commands. */
  readonly files?: "read-only";
}

/** Definitions by the name of their type. */
export type AgentDefinitions = ReadonlyMap<string, AgentDefinition>;
