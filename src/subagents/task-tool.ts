import { describeError } from "../errors/index.ts";
import type { Tool, ToolContext, ToolOutput } from "../spec/index.ts";
import { textInput } from "../text-input/index.ts";
import type { AgentDefinitions } from "./agent-definition.ts";

/** What a model gives to start a sub-agent. */
export interface TaskInput {
  readonly prompt: string;
  readonly agent_type: string;
}

/** Runs one task for a parent. */
export type PerformTask = (input: TaskInput, context: ToolContext) => Promise<ToolOutput>;

/** What the tool is made from. */
export interface TaskToolOptions {
  readonly agents: AgentDefinitions;
  readonly timeoutMs: number;
  readonly perform: PerformTask;
}

/** The name of the tool that starts sub-agents. */
export const TASK_TOOL = "Task";

/**
 * Makes the tool by which an agent asks another one. Several calls of one answer run in parallel. A child that was
 * started goes on after a crash, it is never started twice: so the call may be repeated.
 */
export function createTaskTool({ agents, timeoutMs, perform }: TaskToolOptions): Tool<TaskInput> {
  const names = [...agents.keys()];
  return Object.freeze({
    name: TASK_TOOL,
    description: describe(agents),
    ...textInput<TaskInput>({
      prompt: { description: "What to do, with everything that the sub-agent must know", hasWords: true },
      agent_type: { description: 'Which kind of sub-agent. Default "general"', oneOf: names, otherwise: "general" },
    }),
    effect: "agent",
    durability: "idempotent",
    timeoutMs,
    // It ends by itself, with what it has until then.
    cancel: "cooperative",
    maxOutputBytes: 100_000,
    execute: perform,
  });
}

function describe(agents: AgentDefinitions): string {
  const list = [...agents].map(([name, { description }]) => `- ${name}: ${description}`).join("\n");
  return [
    "Gives a part of the work to a sub-agent, which works by itself and reports once. It sees nothing of this conversation: write everything that it needs into the prompt, and what it should report.",
    "Calls in one answer run at the same time. Use it for what can be done apart, or to keep long searches out of this conversation.",
    `Types:\n${list}`,
  ].join("\n");
}

/** What a parent reads of a child that could not begin. */
export function refusedTask(reason: unknown): ToolOutput {
  return { content: `The sub-agent did not begin: ${describeError(reason)}`, isError: true };
}
