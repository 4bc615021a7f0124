import type { ToolCallResult } from "../spec/index.ts";
import type { AgentRun } from "./agent-run.ts";

/** The tool whose calls are the list of things to do. */
const TODO_TOOL = "TodoWrite";

/** Keeps the list of things to do with the session, as people may read it: any process can ask how far the work is. */
export async function keepTodos({ journal }: AgentRun, results: readonly ToolCallResult[]): Promise<void> {
  const written = results.findLast(({ name, outcome }) => name === TODO_TOOL && outcome === "completed");
  if (written === undefined || !Array.isArray(written.display)) return;
  await journal.record({ type: "todos-set", data: { todos: written.display } });
}
