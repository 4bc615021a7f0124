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
  /** Only tools that are declared to read. @default false */
  readonly isReadOnly?: boolean;
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

/** Definitions by the name of their type. */
export type AgentDefinitions = ReadonlyMap<string, AgentDefinition>;
