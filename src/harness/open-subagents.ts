import type { AgentRun } from "../agent/index.ts";
import { systemClock, systemRandom } from "../async/index.ts";
import type { JsonObject, JsonValue, SessionStore, StopReason } from "../spec/index.ts";
// The files themselves: their door would load what judges commands before the first message.
import { createSubagents, type Subagents } from "../subagents/create-subagents.ts";
import type { ChildParts, ChildPorts, ChildRequest, ChildSession } from "../subagents/child-parts.ts";
import { openKnowledge } from "./open-knowledge.ts";
import { openModel, type OpenedModel } from "./open-model.ts";
import { openSession, type OpenedSession } from "./open-session.ts";
import { openTaint, type TaintParts } from "./open-taint.ts";
import { openTools } from "./open-tools.ts";
import type { RunOptions } from "./run-options.ts";
import type { RunRequest } from "./run-request.ts";
import { buildSystemPrompt } from "./system-prompt.ts";
import type { Wiring } from "./wiring.ts";

/** What the children of a run get from it. */
export interface SubagentParts {
  readonly store: SessionStore;
  readonly session: OpenedSession;
  readonly permissionMode: TaintParts["permissionMode"];
}

type Note = OpenedSession["note"];

/** Opens the sub-agents of a run; its own agent's session gets their beginnings and ends. */
export async function openSubagents(
  wiring: Wiring,
  request: RunRequest,
  parts: () => SubagentParts,
): Promise<Subagents> {
  const { agents } = await wiring.agents();
  const { options } = request;
  // Where the beginnings of an agent's children are put on record, by its history.
  const notes = new WeakMap<AgentRun["history"], Note>();
  const noteOf = (parent: AgentRun): Note => notes.get(parent.history) ?? parts().session.note;
  const ports: ChildPorts = {
    async open(child) {
      const opened = await openChild(wiring, { child, options, ...parts() });
      notes.set(opened.parts.session.history, opened.note);
      return opened.parts;
    },
    async started({ parent, childId, agent, toolUseId, prompt }) {
      await noteOf(parent)("subagent-started", { callId: toolUseId, childId, agent, prompt });
    },
    async ended({ parent, childId, toolUseId, end }) {
      const { stopReason, totalTokens: tokens, totalCost = null } = end;
      await noteOf(parent)("subagent-ended", { callId: toolUseId, childId, stopReason, tokens, cost: totalCost });
    },
  };
  return createSubagents({ agents, limits: options.agentLimits, ports, home: wiring.settings.home });
}

interface ChildSurroundings extends SubagentParts {
  readonly child: ChildRequest;
  readonly options: RunOptions;
}

async function openChild(
  wiring: Wiring,
  { child, options, store, permissionMode }: ChildSurroundings,
): Promise<{ readonly parts: ChildParts; readonly note: Note }> {
  const { settings, modules } = wiring;
  const { childId, agent, definition, parent, keep, extra } = child;
  const knowledge = await openKnowledge(wiring, options, {
    history: () => session.history.messages,
    isTainted: () => labeller.current().isTainted,
    scope: { ...parent.scope, agent },
    record: (event) => parent.audit.append(event),
  });
  const own = [...extra, ...knowledge.tools.filter(keep)];
  const tools = await openTools(wiring, { options, sessionId: childId, keep, extra: own });
  const { text: system, prompt } = describeChild(wiring, child, { options, knowledge: knowledge.text });
  const overheadChars = (system?.length ?? 0) + JSON.stringify(tools.specs()).length;
  const { session, saved } = await openChildSession(childId, { store, options, overheadChars });
  const { labels: _told, ...unlabelled } = options;
  const { labeller, check } = openTaint(settings, {
    options: unlabelled,
    permissionMode,
    network: modules.sandbox.isolation.network,
    initial: [...parent.labeller.current().sources, ...session.labels],
    agent,
  });
  const opened =
    definition.model === undefined ? parent : toParts(await openOther(wiring, options, definition.model), wiring);
  const { model, modelInfo, costOf } = opened;
  const runId = (options.random ?? systemRandom).id();
  const agentParts = { tools: tools.registry, toolSpecs: tools.specs, model, modelInfo, costOf, system, prompt, runId };
  const gate = { taint: knowledge.guard(check), narrowings: knowledge.narrowings };
  return { parts: { ...agentParts, ...gate, labeller, session: saved }, note: session.note };
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
  return await openModel(await wiring.findModel(wanted), { settings, options: wanted, prices: modules.prices });
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
  {
    store,
    options,
    overheadChars,
  }: { readonly store: SessionStore; readonly options: RunOptions; readonly overheadChars: number },
): Promise<{ readonly session: OpenedSession; readonly saved: ChildSession }> {
  const ended = await readEnd(store, childId);
  const { clock = systemClock } = options;
  const session = await openSession(childId, { store, clock, overheadChars, expect: "anything" });
  const saved: ChildSession = {
    history: session.history,
    isResumed: session.resumed > 0,
    finished: ended,
    async saveLabels(sources) {
      // Labels are plain JSON: the type of JSON knows no interfaces.
      await session.note("context-labelled", { sources: sources as unknown as JsonValue });
    },
    async end({ totalCost = null, ...end }) {
      await session.note("run_end", { ...end, totalCost });
    },
  };
  return { session, saved };
}

/** How a child ended that nobody has heard of: its parent died before it could read it. */
async function readEnd(store: SessionStore, childId: string): Promise<ChildSession["finished"]> {
  let end: JsonObject | undefined;
  for await (const { type, data } of store.read(childId)) {
    if (type === "run_end") end = data;
    if (type === "message") end = undefined;
  }
  const { stopReason, text } = end ?? {};
  if (typeof stopReason !== "string" || typeof text !== "string" || !FINAL.includes(stopReason)) return undefined;
  // It is one of the list above.
  return { stopReason: stopReason as StopReason, text };
}
