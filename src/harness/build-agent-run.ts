import type { AgentRun, Totals } from "../agent/index.ts";
import { systemClock, systemRandom } from "../async/index.ts";
import type { Audit, Budget, IgnoredSetting, SessionStartData, SessionStore } from "../spec/index.ts";
import type { Subagents } from "../subagents/create-subagents.ts";
// The file itself: its door would load what judges commands before the first message.
import { narrowBy } from "../subagents/stricter.ts";
import { dataFolder } from "./data-folder.ts";
import { defineAgent } from "./define-agent.ts";
import { measureSpecs } from "./measure-specs.ts";
import { NewLabels } from "./new-labels.ts";
import { notBuilt, openAgentTools, type AgentTools } from "./open-agent-tools.ts";
import { openEdits } from "./open-edits.ts";
import type { OpenedModel } from "./open-model.ts";
import { openSession, type OpenedSession } from "./open-session.ts";
import { openSpill } from "./open-spill.ts";
import { sessionLimits } from "./open-stores.ts";
import { openLabeller } from "./open-taint.ts";
import type { OpenedTools } from "./open-tools.ts";
import { permitReadingAgents } from "./permit-reading-agents.ts";
import type { PreparedRun } from "./prepare-run.ts";
import type { RunRequest } from "./run-request.ts";
import type { Wiring } from "./wiring.ts";

/** A run that is ready to begin, and what must be closed after it. */
export interface BuiltRun {
  readonly run: AgentRun;
  readonly start: SessionStartData;
  readonly session: OpenedSession;
  readonly audit: Audit;
  readonly ownsAudit: boolean;
  /** `undefined` when the run cannot ask any. */
  readonly subagents: Subagents | undefined;
  /** What of an untrusted project does not count. */
  readonly ignored: readonly IgnoredSetting[];
}

/** Builds the run of one prompt from what the harness shares and what the run asks for. */
export async function buildAgentRun(wiring: Wiring, request: RunRequest, totals: Totals): Promise<BuiltRun> {
  const { stores } = wiring;
  const { options, sessionId } = request;
  const prepared = await wiring.prepare(options);
  let built: AgentRun | undefined;
  const found = stores.of(options, sessionId);
  const store = found instanceof Promise ? await found : found;
  const run = (): AgentRun => built ?? notBuilt();
  const opening = openAgentTools(wiring, request, { prepared, store, run });
  const agentTools = opening instanceof Promise ? await opening : opening;
  const { knowledge, tools } = agentTools;
  const hasTools = tools.registry.names().length > 0;
  const { text: system, prompt } = prepared.openPrompt({ knowledge: knowledge.text, hasTools });
  const overheadChars = (system?.length ?? 0) + measureSpecs(tools.specs());
  const session = await openRunSession(wiring, request, { store, tools, overheadChars });
  try {
    const audits = wiring.audits.of(options);
    const opened = audits instanceof Promise ? await audits : audits;
    const budgets = prepared.openBudget(session);
    const budget = budgets instanceof Promise ? await budgets : budgets;
    const model = prepared.openModel();
    const parts = { ...agentTools, prepared, totals, model, system, prompt, session, budget, audit: opened.audit };
    built = buildRun(wiring, request, parts);
    return {
      run: built,
      start: describeStart(wiring, parts, opened.path),
      session,
      audit: opened.audit,
      ownsAudit: opened.isOwn,
      subagents: agentTools.subagents,
      ignored: ignoredOf(wiring, prepared),
    };
  } catch (error) {
    await session.journal.close();
    throw error;
  }
}

/** Takes the session of a run. */
function openRunSession(
  { settings }: Wiring,
  { options, sessionId, controls, prompt, isResumed }: RunRequest,
  {
    store,
    tools,
    overheadChars,
  }: { readonly store: SessionStore; readonly tools: OpenedTools; readonly overheadChars: number },
): Promise<OpenedSession> {
  const { clock = systemClock, random = systemRandom } = options;
  const systemPrompt = options.systemPrompt ?? settings.config.run.systemPrompt;
  // Nobody can go on with a session whose id nobody was told before it began, but in this harness.
  const isKept = options.session !== undefined;
  return openSession(sessionId, {
    store,
    clock,
    random,
    stop: controls.stop,
    overheadChars,
    expect: prompt === undefined ? "unanswered" : isResumed ? "session" : "anything",
    definition: isKept ? defineAgent(systemPrompt, tools.offered()) : {},
    mayMigrate: options.migrate === true,
    mayRetryStuck: options.retryStuck === true,
    ...sessionLimits(options),
  });
}

interface RunParts extends AgentTools {
  readonly prepared: PreparedRun;
  readonly totals: Totals;
  readonly model: OpenedModel;
  readonly system: string | undefined;
  readonly prompt: AgentRun["prompt"];
  readonly session: OpenedSession;
  readonly budget: Budget;
  readonly audit: Audit;
}

function buildRun(wiring: Wiring, request: RunRequest, parts: RunParts): AgentRun {
  const { settings, modules } = wiring;
  const { options, sessionId, controls } = request;
  const { clock = systemClock, random = systemRandom } = options;
  const { prepared, totals, model, tools, system, prompt, session, budget, audit } = parts;
  const { journal, history } = session;
  const scope = { sessionId, agent: "main" };
  return {
    ...controls,
    ...prepared.limits,
    ...prepared.approval,
    ...openGate(wiring, request, parts),
    scope,
    cwd: settings.cwd,
    tools: tools.registry,
    toolSpecs: tools.specs,
    model: model.model,
    modelInfo: model.infoOf,
    costOf: (usage, used) => modules.prices.priceOf(usage, model.infoOf(used)),
    unpriced: new Set(),
    guards: modules.guards,
    hooks: modules.hooks,
    sandbox: modules.sandbox,
    fetch: modules.fetch,
    filters: modules.filters,
    runId: systemRandom.id(),
    system,
    prompt,
    budget,
    audit,
    tracer: modules.telemetry.tracer,
    clock,
    random,
    totals,
    redact: modules.redact,
    journal,
    unknownOutcome: options.onUnknownOutcome,
    approvals: options.approvals,
    history,
    edits: openEdits(wiring, request, { totals, audit, journal }),
    log: settings.log,
  };
}

/** What judges the calls of a run, and where their results may lie. */
function openGate(
  { settings, modules }: Wiring,
  { options, sessionId }: RunRequest,
  { prepared, session, task, tools, knowledge }: RunParts,
) {
  const spilled = dataFolder(settings.home, "results", sessionId);
  const labeller = new NewLabels(
    openLabeller(settings, { options, initial: session.journal.state.labels, agent: "main" }),
  );
  const { agents, permission } = prepared;
  const permitted =
    task === undefined || agents === undefined ? permission : permitReadingAgents(permission, task, agents.agents);
  return {
    gate: {
      policy: modules.policy,
      permission: narrowBy(permitted, knowledge.narrowings),
      taint: knowledge.guard(prepared.taint),
      constraints: modules.constraints,
      risk: prepared.risk,
    },
    labeller,
    takeNewLabels: () => labeller.take(),
    files: prepared.openReadable(spilled),
    spill:
      tools.registry.get("Read") === undefined
        ? undefined
        : openSpill(spilled, { random: options.random ?? systemRandom, log: settings.log }),
  };
}

function describeStart(
  { settings, modules }: Wiring,
  { prepared, model, tools }: Pick<RunParts, "prepared" | "model" | "tools">,
  auditPath: string | undefined,
): SessionStartData {
  return {
    provider: model.model.provider,
    model: model.model.id,
    source: model.source,
    cwd: settings.cwd,
    permissionMode: prepared.permissionMode,
    isolation: modules.sandbox.isolation,
    tools: tools.offered().map(({ name }) => name),
    files: [...settings.files, ...modules.policyFiles, ...(prepared.agents?.files ?? [])],
    ...(auditPath === undefined ? {} : { auditPath }),
  };
}

function ignoredOf({ settings }: Wiring, { agents, skills }: PreparedRun): readonly IgnoredSetting[] {
  return [...settings.loaded.ignored, ...(agents?.ignored ?? []), ...skills.ignored];
}
