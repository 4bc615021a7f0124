import type { AgentEnd, AgentRun } from "../agent/index.ts";
import { raceSignal } from "../async/index.ts";
import { describeError, HarnessError } from "../errors/index.ts";
import type { AgentSummary, Denial, JsonValue, StopReason, Tool, ToolContext, ToolOutput } from "../spec/index.ts";
import { hookScopeOf, observeHooks, tellFailures } from "../tool-call/index.ts";
import type { AgentDefinition, AgentDefinitions } from "./agent-definition.ts";
import { readLimits, type AgentLimits } from "./agent-limits.ts";
import { childIdOf } from "./child-id.ts";
import type { ChildEnd, ChildParts, ChildPorts } from "./child-parts.ts";
import { closedBy, whyClosed } from "./narrow-surroundings.ts";
import { describeSlips, offeredTools } from "./offered-tools.ts";
import type { ChildRun } from "./run-child.ts";
import { createSlots, type Slots } from "./slots.ts";
import { createTaskTool, refusedTask, TASK_TOOL, type TaskInput } from "./task-tool.ts";

/** What the sub-agents of a run are made from. */
export interface SubagentsOptions {
  readonly agents: AgentDefinitions;
  readonly limits?: AgentLimits | undefined;
  readonly ports: ChildPorts;
  /** What `~` stands for in paths of rules. */
  readonly home: string;
}

/** The sub-agents of one run: those of its own agent, and theirs. */
export interface Subagents {
  /** The tool of the run's own agent; `parent` is asked when a call comes. */
  createTask(parent: () => AgentRun): Tool<TaskInput>;
  /** What each one came to, in the order in which they ended. */
  readonly summaries: readonly AgentSummary[];
  /** What their calls were denied. */
  readonly denials: readonly Denial[];
}

/** Where an agent stands. */
interface Place {
  /** 0 for the run's own agent. */
  readonly depth: number;
  /** The `Task` calls above it, the nearest first. */
  readonly parents: readonly string[];
}

/** Opens the sub-agents of a run. Nothing begins before a model asks. Throws a `RangeError` for limits that make no sense. */
export function createSubagents(options: SubagentsOptions): Subagents {
  const limits = readLimits(options.limits);
  const summaries: AgentSummary[] = [];
  const denials: Denial[] = [];
  // On each level their own: an agent that waits for its children must not keep them from beginning.
  const slots = Array.from({ length: limits.maxDepth }, () => createSlots(limits.maxParallel));
  const tree: Tree = { ...options, limits, slots, summaries, denials };
  return { createTask: (parent) => openTask(parent, { depth: 0, parents: [] }, tree), summaries, denials };
}

interface Tree extends SubagentsOptions {
  readonly limits: Required<AgentLimits>;
  readonly slots: readonly Slots[];
  readonly summaries: AgentSummary[];
  readonly denials: Denial[];
}

function openTask(parent: () => AgentRun, place: Place, tree: Tree): Tool<TaskInput> {
  const { agents, limits } = tree;
  return createTaskTool({
    agents,
    timeoutMs: limits.timeoutMs + 60_000,
    perform: (input, context) => performTask(input, context, { parent: parent(), place, tree }),
  });
}

interface Asker {
  readonly parent: AgentRun;
  readonly place: Place;
  readonly tree: Tree;
}

async function performTask(input: TaskInput, context: ToolContext, asker: Asker): Promise<ToolOutput> {
  const { place, tree } = asker;
  const definition = tree.agents.get(input.agent_type);
  const slots = tree.slots[place.depth];
  if (definition === undefined || slots === undefined)
    return refusedTask(`there is no agent "${input.agent_type}" here`);
  using _slot = await slots.take(context.signal);
  const refusal = await askHooks(input, context, asker);
  if (refusal !== undefined) return refusedTask(refusal);
  const childId = childIdOf(context.idempotencyKey);
  const asked: Asked = { input, context, definition, ...asker };
  const opened = await openParts(childId, asked);
  const { session } = opened.parts;
  try {
    const known = session.finished;
    if (known !== undefined) return describeEnd(known.stopReason, known.text, undefined);
    return await superviseChild({ ...asked, ...opened, childId });
  } finally {
    await session.close();
  }
}

async function askHooks(
  input: TaskInput,
  { toolUseId, signal }: ToolContext,
  { parent, place }: Asker,
): Promise<string | undefined> {
  if (!parent.hooks.has("subagentStart")) return undefined;
  const about = { toolUseId, agentType: input.agent_type, prompt: input.prompt, depth: place.depth + 1 };
  const payload = { ...hookScopeOf(parent), ...about };
  const outcome = await raceSignal(parent.hooks.run("subagentStart", payload, { signal }), signal);
  tellFailures(outcome, parent.log);
  if (outcome.verdict === "proceed") return undefined;
  // Nobody is asked here: the call itself was the place for a question.
  return `a hook refused it: ${outcome.reason ?? "no reason given"}`;
}

interface Asked extends Asker {
  readonly input: TaskInput;
  readonly context: ToolContext;
  readonly definition: AgentDefinition;
}

async function openParts(childId: string, asked: Asked): Promise<OpenedParts> {
  const { input, context, definition, parent, place, tree } = asked;
  const inner: Place = { depth: place.depth + 1, parents: [context.toolUseId, ...place.parents] };
  for (const slip of describeSlips(input.agent_type, definition, parent.tools)) parent.log(slip);
  const isNamed = offeredTools(definition, parent.tools);
  const closed = closedBy(definition);
  const keep = (tool: Tool): boolean => isNamed(tool) && whyClosed(tool, parent.sandbox, closed) === undefined;
  let child: AgentRun | undefined;
  const task = openTask(() => child ?? missing(), inner, tree);
  const mayAsk = inner.depth < tree.limits.maxDepth && keep(task as Tool);
  const parts = await tree.ports.open({
    childId,
    agent: input.agent_type,
    toolUseId: context.toolUseId,
    callId: callIdOf(context),
    definition,
    parent,
    keep: (tool) => tool.name !== TASK_TOOL && keep(tool),
    extra: mayAsk ? [task as Tool] : [],
  });
  return { parts, onBuilt: (run) => void (child = run) };
}

/** Where nothing is journaled, the model's own id has to do. */
function callIdOf({ callId, toolUseId }: ToolContext): string {
  return callId ?? toolUseId;
}

function missing(): never {
  throw new HarnessError("A sub-agent asked for another one before it began", { code: "internal" });
}

interface OpenedParts {
  readonly parts: ChildParts;
  /** Gets the child's run, which its own `Task` tool works for. */
  readonly onBuilt: (run: AgentRun) => void;
}

interface Supervised extends Asked, OpenedParts {
  readonly childId: string;
}

/** On record before it begins, and after it ended; its parent's context is labelled with what it read. */
async function superviseChild(child: Supervised): Promise<ToolOutput> {
  const { input, context, childId, parts, parent, place, tree } = child;
  const { toolUseId } = context;
  const startedAt = parent.clock.monotonic();
  await announceChild(child);
  // What judges commands is loaded when the first child begins, not before the first message of a run.
  const { runChild } = await import("./run-child.ts");
  const ran = await runChild({
    ...child,
    agent: input.agent_type,
    limits: tree.limits,
    parents: [toolUseId, ...place.parents],
    prompt: input.prompt,
    home: tree.home,
  });
  // Before anything of what it says can be read.
  parent.labeller.add(parts.labeller.current().sources);
  const summary = summarise(ran, {
    agent: input.agent_type,
    toolUseId,
    sessionId: childId,
    depth: place.depth + 1,
    durationMs: parent.clock.monotonic() - startedAt,
  });
  for (const denial of ran.end.denials) tree.denials.push({ ...denial, agent: input.agent_type });
  await recordEnd(child, ran, summary);
  if (ran.end.stopReason === "paused") throw ran.end.error;
  return describeEnd(ran.end.stopReason, ran.end.text, summary, ran.end.error, parent.redact);
}

async function announceChild({ input, context, childId, parts, parent, place, tree }: Supervised): Promise<void> {
  const { agent_type: agent, prompt } = input;
  const { toolUseId } = context;
  await tree.ports.started({ childId, agent, callId: callIdOf(context), parent, prompt });
  await parent.audit.record({
    type: "subagent_start",
    ...parent.scope,
    data: { childAgent: agent, agentType: agent, childSessionId: childId },
  });
  const { isResumed } = parts.session;
  const data = { agent, toolUseId, sessionId: childId, depth: place.depth + 1, isResumed };
  parent.emitter.emit({ type: "system", subtype: "agent_start", data });
}

function summarise(
  { end, totals }: ChildRun,
  place: Pick<AgentSummary, "agent" | "toolUseId" | "sessionId" | "depth" | "durationMs">,
): AgentSummary {
  const { turns, toolCalls, usage, cost } = totals;
  return { ...place, stopReason: end.stopReason, turns, toolCalls, usage, cost };
}

async function recordEnd(
  { context, childId, parts, parent, tree }: Supervised,
  { end }: ChildRun,
  summary: AgentSummary,
): Promise<void> {
  const { agent, stopReason, turns, toolCalls, usage, cost } = summary;
  const ended: ChildEnd = {
    stopReason,
    text: end.text,
    turns,
    toolCalls,
    totalTokens: usage.input + usage.output,
    totalCost: cost,
  };
  tree.summaries.push(summary);
  try {
    await parts.session.end(ended);
    await tree.ports.ended({ childId, callId: callIdOf(context), parent, end: ended });
  } finally {
    // Also of one whose session cannot be kept: it ended.
    const data = { childAgent: agent, stopReason, turns };
    await parent.audit.record({ type: "subagent_end", ...parent.scope, data });
    parent.emitter.emit({ type: "system", subtype: "agent_end", data: summary });
  }
  if (!parent.hooks.has("subagentStop")) return;
  const payload = { ...hookScopeOf(parent), summary };
  await observeHooks(parent, { event: "subagentStop", payload, signal: context.signal });
}

/** What the parent reads: the child's last words, and why it ended where that was not by itself. */
function describeEnd(
  stopReason: StopReason,
  text: string,
  summary: AgentSummary | undefined,
  error?: AgentEnd["error"],
  redact: (text: string) => string = (same) => same,
): ToolOutput {
  // Usage and summary are plain JSON; a cost that is not known is left out.
  const display = summary === undefined ? {} : { display: JSON.parse(JSON.stringify(summary)) as JsonValue };
  if (stopReason === "end_turn") return { content: text === "" ? "The sub-agent said nothing" : text, ...display };
  const why = error === undefined ? stopReason : `${stopReason}: ${redact(describeError(error))}`;
  const said = text === "" ? "" : `\n\nWhat it had said until then:\n${text}`;
  return { content: `The sub-agent did not finish (${why})${said}`, isError: true, ...display };
}
