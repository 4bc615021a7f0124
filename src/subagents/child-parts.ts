import type { AgentRun, History } from "../agent/index.ts";
import type { ChargedData, Check, Journal, Labeller, StopReason, Tool } from "../spec/index.ts";
import type { AgentDefinition } from "./agent-definition.ts";

/** What a child gets that its parent does not share with it. Opened by whoever wires the modules. */
export interface ChildParts extends Pick<
  AgentRun,
  "tools" | "toolSpecs" | "model" | "modelInfo" | "costOf" | "system" | "prompt" | "runId"
> {
  /** Begins with the labels of the parent. */
  readonly labeller: Labeller;
  readonly takeNewLabels: NonNullable<AgentRun["takeNewLabels"]>;
  /** The gate's question about these labels. */
  readonly taint: Check;
  /** What else the child's own tools forbid it: the limits of a skill that it works by. */
  readonly narrowings: readonly Check[];
  readonly session: ChildSession;
}

/** The child's own session. */
export interface ChildSession {
  readonly journal: Journal;
  readonly history: History;
  /** It had begun before: after a crash or a pause of the parent. */
  readonly isResumed: boolean;
  /** It had ended before, and its parent never read what it said. */
  readonly finished: { readonly stopReason: StopReason; readonly text: string } | undefined;
  /** What it used before it was interrupted. */
  readonly spent: ChargedData;
  begin(run: Pick<AgentRun, "model" | "cwd" | "scope">): Promise<void>;
  end(ended: ChildEnd): Promise<void>;
  /** Gives the session free. */
  close(): Promise<void>;
}

/** How a child ended. */
export interface ChildEnd {
  readonly stopReason: StopReason;
  readonly text: string;
  readonly turns: number;
  readonly toolCalls: number;
  readonly totalTokens: number;
  readonly totalCost: number | undefined;
}

/** What is asked for a child. */
export interface ChildRequest {
  readonly childId: string;
  readonly agent: string;
  readonly toolUseId: string;
  /** The parent's own id of the call. */
  readonly callId: string;
  readonly definition: AgentDefinition;
  readonly parent: AgentRun;
  /** Which of the parent's tools it may be offered. */
  readonly keep: (tool: Tool) => boolean;
  /** Tools of its own: `Task`, where it may ask others. */
  readonly extra: readonly Tool[];
}

/** The port by which children are opened, and put on record in their parent's session. */
export interface ChildPorts {
  open(request: ChildRequest): Promise<ChildParts>;
  /** On record before the child begins. */
  started(
    child: Pick<ChildRequest, "childId" | "agent" | "callId" | "parent"> & { readonly prompt: string },
  ): Promise<void>;
  ended(child: Pick<ChildRequest, "childId" | "callId" | "parent"> & { readonly end: ChildEnd }): Promise<void>;
}
