import type { AgentRun } from "../agent/index.ts";
import { systemClock, systemRandom } from "../async/index.ts";
import { faultpoint } from "../faults/index.ts";
import type { SessionState, SessionStore } from "../spec/index.ts";
import type { ChildParts, ChildPorts, ChildRequest, ChildSession, Subagents } from "../subagents/index.ts";
import { definedOf } from "./defined-of.ts";
import { measureSpecs } from "./measure-specs.ts";
import { NewLabels } from "./new-labels.ts";
import { openKnowledge } from "./open-knowledge.ts";
import { openModel, type OpenedModel } from "./open-model.ts";
import { openSession, type OpenedSession } from "./open-session.ts";
import { sessionLimits } from "./open-stores.ts";
import { openTaint, type TaintParts } from "./open-taint.ts";
import type { RunOptions } from "./run-options.ts";
import type { RunRequest } from "./run-request.ts";
import { buildSystemPrompt } from "./system-prompt.ts";
import type { Wiring } from "./wiring.ts";

/** What the children of a run get from it. */
export interface SubagentParts {
  readonly store: SessionStore;
  readonly permissionMode: TaintParts["permissionMode"];
}

/** Opens the sub-agents of a run; its own agent's session gets their beginnings and ends. */
export async function openSubagents(wiring: Wiring, request: RunRequest, parts: SubagentParts): Promise<Subagents> {
  const { agents } = await wiring.agents();
  const { options } = request;
  const ports: ChildPorts = {
    open: async (child) => await openChild(wiring, { child, options, ...parts }),
    async started({ parent, childId, agent, callId, prompt }) {
      faultpoint("before-subagent-started");
      await parent.journal.record({ type: "subagent-started", data: { callId, childId, agent, prompt } });
      faultpoint("after-subagent-started");
    },
    async ended({ parent, childId, callId, end }) {
      faultpoint("before-subagent-ended");
      const { stopReason, totalTokens: tokens, totalCost: cost = null } = end;
      const data = { callId, childId, stopReason, tokens, cost };
      await parent.journal.record({ type: "subagent-ended", data });
      faultpoint("after-subagent-ended");
    },
  };
  const { enabled: _enabled, ...configured } = wiring.settings.config.agents;
  const limits = { ...configured, ...definedOf(options.agentLimits ?? {}) };
  // The file itself: its door would load what judges commands before the first message.
  const { createSubagents } = await import("../subagents/create-subagents.ts");
  return createSubagents({ agents, limits, ports, home: wiring.settings.home });
}

interface ChildSurroundings extends SubagentParts {
  readonly child: ChildRequest;
  readonly options: RunOptions;
}

async function openChild(
  wiring: Wiring,
  { child, options, store, permissionMode }: ChildSurroundings,
): Promise<ChildParts> {
  const { settings, modules } = wiring;
  const { childId, agent, definition, parent, keep, extra } = child;
  const knowledge = await openKnowledge(wiring, options, {
    activeSkill: () => session.journal.state.skill,
    isTainted: () => labeller.current().isTainted,
    scope: { ...parent.scope, agent },
    record: (event) => parent.audit.append(event),
  });
  const own = [...extra, ...knowledge.tools.filter(keep)];
  const { openTools } = await wiring.prepare(options);
  const tools = openTools({ sessionId: childId, keep, extra: own });
  const { text: system, prompt } = describeChild(wiring, child, { options, knowledge: knowledge.text });
  const overheadChars = (system?.length ?? 0) + measureSpecs(tools.specs());
  const { session, saved } = await openChildSession(childId, { store, options, overheadChars, parent, agent });
  const { labels } = session.journal.state;
  const { labels: _told, ...unlabelled } = options;
  const { labeller, check } = openTaint(settings, {
    options: unlabelled,
    permissionMode,
    network: modules.sandbox.isolation.network,
    initial: [...parent.labeller.current().sources, ...labels],
    agent,
  });
  const opened =
    definition.model === undefined ? parent : toParts(await openOther(wiring, options, definition.model), wiring);
  const { model, modelInfo, costOf } = opened;
  const runId = (options.random ?? systemRandom).id();
  const agentParts = { tools: tools.registry, toolSpecs: tools.specs, model, modelInfo, costOf, system, prompt, runId };
  const gate = { taint: knowledge.guard(check), narrowings: knowledge.narrowings };
  const kept = new NewLabels(labeller);
  return { ...agentParts, ...gate, labeller: kept, takeNewLabels: () => kept.take(), session: saved };
}

function describeChild(
  { settings }: Wiring,
  { agent, definition }: ChildRequest,
  { options: { systemPrompt }, knowledge }: { readonly options: RunOptions; readonly knowledge: string },
) {
  const place = `\n\nThe working directory is ${settings.cwd}.`;
  const own = definition.systemPrompt === undefined ? undefined : `${definition.systemPrompt}${place}`;
  return buildSystemPrompt({
    systemPrompt: own === undefined ? (systemPrompt ?? settings.config.run.systemPrompt) : { name: agent, text: own },
    instructions: settings.instructions,
    knowledge,
    cwd: settings.cwd,
    hasTools: true,
  });
}

async function openOther(wiring: Wiring, options: RunOptions, model: string): Promise<OpenedModel> {
  const { settings, modules } = wiring;
  const { router: _router, ...rest } = options;
  const wanted: RunOptions = { ...rest, model };
  return openModel(await wiring.findModel(wanted), { settings, options: wanted, prices: modules.prices });
}

function toParts(
  { model, infoOf }: OpenedModel,
  { modules }: Wiring,
): Pick<AgentRun, "model" | "modelInfo" | "costOf"> {
  return { model, modelInfo: infoOf, costOf: (usage, used) => modules.prices.priceOf(usage, infoOf(used)) };
}

/** Ends after which there is nothing to go on with; after the others a child goes on where it was. */
const FINAL: readonly string[] = ["end_turn", "max_turns", "max_tokens", "refusal", "stalled", "budget_exhausted"];

async function openChildSession(
  childId: string,
  { store, options, overheadChars, parent, agent }: ChildSessionParts,
): Promise<{ readonly session: OpenedSession; readonly saved: ChildSession }> {
  const { clock = systemClock, random = systemRandom } = options;
  const session = await openSession(childId, {
    store,
    clock,
    random,
    // A child that loses its session cannot go on, and neither can the call that waits for it.
    stop: parent.stop,
    overheadChars,
    expect: "anything",
    definition: {},
    mayMigrate: true,
    mayRetryStuck: options.retryStuck === true,
    ...sessionLimits(options),
    maxHeld: undefined,
  });
  const { journal, runId } = session;
  const saved: ChildSession = {
    journal,
    history: session.history,
    isResumed: session.resumed > 0,
    finished: finishedOf(journal.state),
    spent: session.spent,
    async begin({ model, cwd, scope }) {
      const { provider, id } = model;
      const data = { runId, agent, model: { provider, id }, cwd, permissionMode: "inherited", definition: {} };
      await journal.record({ type: "run-created", data: { ...data, parent: scope.sessionId } });
    },
    async end({ totalCost = null, ...end }) {
      await journal.record({ type: "run-ended", data: { ...end, runId, totalCost } }, { durable: true });
    },
    close: () => journal.close(),
  };
  return { session, saved };
}

interface ChildSessionParts {
  readonly store: SessionStore;
  readonly options: RunOptions;
  readonly overheadChars: number;
  readonly parent: AgentRun;
  readonly agent: string;
}

/** How a child ended that nobody has heard of: its parent died before it could read it. */
function finishedOf({ run, openTurn }: SessionState): ChildSession["finished"] {
  const ended = run?.ended ?? null;
  if (ended === null || openTurn !== null || !FINAL.includes(ended.stopReason)) return undefined;
  return { stopReason: ended.stopReason, text: ended.text };
}
