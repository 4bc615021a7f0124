import { loadOnce } from "../async/index.ts";
import type { AgentRun } from "../agent/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { Tool } from "../spec/index.ts";
import type { Subagents } from "../subagents/create-subagents.ts";
import type { Knowledge } from "./open-knowledge.ts";
import type { SubagentParts } from "./open-subagents.ts";
import { asksAgents, openTools, type OpenedTools } from "./open-tools.ts";
import type { RunRequest } from "./run-request.ts";
import type { Wiring } from "./wiring.ts";

const loadKnowledge = loadOnce(() => import("./open-knowledge.ts"));

/** The tools of a run's own agent, and what stands behind them. */
export interface AgentTools {
  readonly tools: OpenedTools;
  /** `undefined` when the run cannot ask any. */
  readonly subagents: Subagents | undefined;
  /** The tool that asks them. */
  readonly task: Tool | undefined;
  readonly knowledge: Knowledge;
}

/** What the tools ask of the run, which is built after them. */
export interface RunToCome {
  run(): AgentRun;
  readonly children: SubagentParts;
}

/** Opens the tools of a run's own agent: built in, the host's, sub-agents, skills, memory. */
export async function openAgentTools(wiring: Wiring, request: RunRequest, toCome: RunToCome): Promise<AgentTools> {
  const { options, sessionId } = request;
  const subagents = asksAgents(wiring, options) ? await loadSubagents(wiring, request, toCome) : undefined;
  // A tool takes whatever its schema makes of what a model sent.
  const task = subagents?.createTask(() => toCome.run()) as Tool | undefined;
  const { openKnowledge } = await loadKnowledge();
  const knowledge = await openKnowledge(wiring, options, {
    scope: { sessionId, agent: "main" },
    history: () => toCome.run().history.messages,
    isTainted: () => toCome.run().labeller.current().isTainted,
    record: (event) => toCome.run().audit.append(event),
  });
  const extra = [...(task === undefined ? [] : [task]), ...knowledge.tools];
  return { tools: await openTools(wiring, { ...request, extra }), subagents, task, knowledge };
}

async function loadSubagents(wiring: Wiring, request: RunRequest, { children }: RunToCome): Promise<Subagents> {
  const { openSubagents } = await import("./open-subagents.ts");
  return await openSubagents(wiring, request, children);
}

/** Throws: a tool was called before the run that it belongs to was built. */
export function notBuilt(): never {
  throw new HarnessError("A tool was called before its run began", { code: "internal" });
}
