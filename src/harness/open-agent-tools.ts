import { loadOnce } from "../async/index.ts";
import type { AgentRun } from "../agent/index.ts";
import { HarnessError } from "../errors/index.ts";
import type { SessionStore, Tool } from "../spec/index.ts";
import type { Subagents } from "../subagents/create-subagents.ts";
import type { Knowledge } from "./open-knowledge.ts";
import { noKnowledge } from "./no-knowledge.ts";
import type { OpenedTools } from "./open-tools.ts";
import type { PreparedRun } from "./prepare-run.ts";
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

/** What the tools of a run's own agent are opened with. */
export interface AgentToolParts {
  readonly prepared: PreparedRun;
  readonly store: SessionStore;
  /** The run, which is built after them. */
  readonly run: () => AgentRun;
}

/** Opens the tools of a run's own agent: built in, the host's, sub-agents, skills, memory. */
export function openAgentTools(
  wiring: Wiring,
  request: RunRequest,
  parts: AgentToolParts,
): AgentTools | Promise<AgentTools> {
  const { agents, skills } = parts.prepared;
  const { memory = wiring.settings.config.memory.enabled } = request.options;
  const knowsNothing = skills.skills.size === 0 && (memory === false || memory === undefined);
  if (agents === undefined && knowsNothing) {
    const tools = parts.prepared.openTools({ sessionId: request.sessionId });
    return { tools, subagents: undefined, task: undefined, knowledge: noKnowledge };
  }
  return openWithOthers(wiring, request, parts);
}

async function openWithOthers(wiring: Wiring, request: RunRequest, parts: AgentToolParts): Promise<AgentTools> {
  const { options, sessionId } = request;
  const { prepared, run } = parts;
  const subagents = prepared.agents === undefined ? undefined : await loadSubagents(wiring, request, parts);
  // A tool takes whatever its schema makes of what a model sent.
  const task = subagents?.createTask(() => run()) as Tool | undefined;
  const { openKnowledge } = await loadKnowledge();
  const knowledge = await openKnowledge(wiring, options, {
    scope: { sessionId, agent: "main" },
    activeSkill: () => run().journal.state.skill,
    isTainted: () => run().labeller.current().isTainted,
    record: (event) => run().audit.append(event),
  });
  const extra = [...(task === undefined ? [] : [task]), ...knowledge.tools];
  return { tools: prepared.openTools({ sessionId, extra }), subagents, task, knowledge };
}

async function loadSubagents(
  wiring: Wiring,
  request: RunRequest,
  { prepared: { permissionMode }, store }: AgentToolParts,
): Promise<Subagents> {
  const { openSubagents } = await import("./open-subagents.ts");
  return await openSubagents(wiring, request, { store, permissionMode });
}

/** Throws: a tool was called before the run that it belongs to was built. */
export function notBuilt(): never {
  throw new HarnessError("A tool was called before its run began", { code: "internal" });
}
