import type { AgentRun, RoomSettings, Totals } from "../agent/index.ts";
import { systemClock, systemRandom } from "../async/index.ts";
import type { ContextConfig } from "../config/index.ts";
import { toJsonSchema } from "../schema/index.ts";
import type { Audit, AuditScope, Budget, SessionStartData, SessionStore, Tool } from "../spec/index.ts";
import type { Subagents } from "../subagents/create-subagents.ts";
// The file itself: its door would load what judges commands before the first message.
import { narrowBy } from "../subagents/stricter.ts";
import { dataFolder } from "./data-folder.ts";
import { defineAgent } from "./define-agent.ts";
import { definedOf } from "./defined-of.ts";
import { keepNewLabels } from "./keep-new-labels.ts";
import { modeOfTrust, openApproval, riskOfTrust } from "./open-approval.ts";
import type { OpenedAudit } from "./open-audit.ts";
import { openBudget } from "./open-budget.ts";
import { openEdits } from "./open-edits.ts";
import type { Knowledge } from "./open-knowledge.ts";
import { openModel, type OpenedModel } from "./open-model.ts";
import { openReadable } from "./open-readable.ts";
import { openSpill } from "./open-spill.ts";
import { openTaint } from "./open-taint.ts";
import { openSession, type OpenedSession } from "./open-session.ts";
import { notBuilt, openAgentTools } from "./open-agent-tools.ts";
import { sessionLimits } from "./open-stores.ts";
import type { OpenedTools } from "./open-tools.ts";
import { permitReadingAgents } from "./permit-reading-agents.ts";
import type { RunRequest } from "./run-request.ts";
import type { RunOptions, Timeouts } from "./run-options.ts";
import { buildSystemPrompt } from "./system-prompt.ts";
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
}

/** Builds the run of one prompt from what the harness shares and what the run asks for. */
export async function buildAgentRun(wiring: Wiring, request: RunRequest, totals: Totals): Promise<BuiltRun> {
  const { settings, modules, stores } = wiring;
  const { options, sessionId } = request;
  const opened = await openModel(await wiring.findModel(options), { settings, options, prices: modules.prices });
  let built: AgentRun | undefined;
  const store = await stores.of(options, sessionId);
  const wantedMode = options.permissionMode ?? settings.config.permissions.mode ?? "default";
  const permissionMode = modeOfTrust(wantedMode, options);
  const { subagents, task, knowledge, tools } = await openAgentTools(wiring, request, {
    run: () => built ?? notBuilt(),
    children: { store, permissionMode },
  });
  const { text: system, prompt } = buildSystemPrompt({
    systemPrompt: options.systemPrompt ?? settings.config.run.systemPrompt,
    instructions: settings.instructions,
    knowledge: knowledge.text,
    cwd: settings.cwd,
    hasTools: tools.registry.names().length > 0,
  });
  const overheadChars = (system?.length ?? 0) + JSON.stringify(tools.specs()).length;
  const session = await openRunSession(wiring, request, { store, tools, overheadChars });
  const parts = { totals, opened, tools, task, knowledge, system, prompt, session, permissionMode };
  try {
    const { run, ...rest } = await buildInSession(wiring, request, parts);
    built = run;
    const agentFiles = subagents === undefined ? [] : (await wiring.agents()).files;
    const start = describeStart(wiring, {
      ...parts,
      agentFiles,
      ...(rest.path === undefined ? {} : { auditPath: rest.path }),
    });
    return { run, start, session, audit: rest.audit, ownsAudit: rest.isOwn, subagents };
  } catch (error) {
    await session.journal.close();
    throw error;
  }
}

/** Takes the session of a run. */
async function openRunSession(
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
  return await openSession(sessionId, {
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

interface RunParts {
  readonly totals: Totals;
  readonly opened: OpenedModel;
  readonly tools: OpenedTools;
  readonly task: Tool | undefined;
  readonly knowledge: Parts["knowledge"];
  readonly permissionMode: NonNullable<RunOptions["permissionMode"]>;
  readonly system: string | undefined;
  readonly prompt: AgentRun["prompt"];
  readonly session: OpenedSession;
}

async function buildInSession(
  wiring: Wiring,
  request: RunRequest,
  { totals, opened, tools, task, knowledge, permissionMode, system, prompt, session }: RunParts,
): Promise<OpenedAudit & { readonly run: AgentRun }> {
  const { settings, modules } = wiring;
  const { options, sessionId, controls } = request;
  const { clock = systemClock, random = systemRandom } = options;
  const opening = await wiring.audits.of(options);
  const budget = await openBudget(wiring, { options, session });
  const scope = { sessionId, agent: "main" };
  const shared = { options, opened, tools, task, knowledge, budget, permissionMode, session, scope } satisfies Parts;
  const run: AgentRun = {
    ...controls,
    ...openLimits(wiring, shared),
    ...(await openGate(wiring, shared)),
    scope,
    model: opened.model,
    modelInfo: opened.infoOf,
    costOf: (usage, model) => modules.prices.priceOf(usage, opened.infoOf(model)),
    unpriced: new Set(),
    guards: modules.guards,
    runId: systemRandom.id(),
    system,
    prompt,
    budget,
    audit: opening.audit,
    tracer: modules.telemetry.tracer,
    clock,
    random,
    totals,
    redact: modules.redact,
    journal: session.journal,
    unknownOutcome: options.onUnknownOutcome,
    approvals: options.approvals,
    history: session.history,
    edits: openEdits(wiring, request, { totals, audit: opening.audit, journal: session.journal }),
    log: settings.log,
  };
  return { ...opening, run };
}

interface Parts {
  readonly options: RunOptions;
  readonly opened: OpenedModel;
  readonly tools: OpenedTools;
  /** `undefined` when the run cannot ask sub-agents. */
  readonly task: Tool | undefined;
  readonly knowledge: Knowledge;
  readonly budget: Budget;
  readonly session: OpenedSession;
  readonly scope: AuditScope;
  readonly permissionMode: NonNullable<RunOptions["permissionMode"]>;
}

function openLimits({ settings: { config } }: Wiring, { options, tools }: Parts) {
  const timeouts: Timeouts = { ...config.timeouts, ...definedOf(options.timeouts ?? {}) };
  return {
    tools: tools.registry,
    toolSpecs: tools.specs,
    maxTurns: options.maxTurns ?? config.run.maxTurns ?? 100,
    maxOutputTokens: options.maxOutputTokens ?? config.run.maxOutputTokens ?? 16_384,
    reasoning: options.reasoning,
    output:
      options.outputSchema === undefined
        ? undefined
        : { schema: options.outputSchema, jsonSchema: toJsonSchema(options.outputSchema) },
    turnMs: timeouts.turnMs,
    maxParallelCalls: 10,
    stall: options.stall,
    room: openRoom(config.context, options),
    limits: {
      toolMs: timeouts.toolMs ?? 600_000,
      checkMs: 10_000,
      approvalMs: timeouts.approvalMs,
      closeMs: timeouts.closeMs,
      maxOutputBytes: 256 * 1024,
    },
  };
}

function openRoom(configured: ContextConfig, { compaction }: RunOptions): RoomSettings | undefined {
  const { compaction: isOn = true, ...shares } = configured;
  if (compaction === false || (compaction === undefined && !isOn)) return undefined;
  return { threshold: 0.8, keep: 0.25, ...definedOf(shares), ...definedOf(compaction ?? {}) };
}

async function openGate(wiring: Wiring, parts: Parts) {
  const { options, permissionMode, session, scope, task, tools, knowledge } = parts;
  const { settings, modules } = wiring;
  const spilled = dataFolder(settings.home, "results", scope.sessionId);
  const { network } = modules.sandbox.isolation;
  const known = { options, permissionMode, network, initial: session.journal.state.labels, agent: scope.agent };
  const taint = openTaint(settings, known);
  const asked = await wiring.permissions.of({ mode: permissionMode, rules: options.permissions });
  const permitted = task === undefined ? asked : permitReadingAgents(asked, task, (await wiring.agents()).agents);
  const permission = narrowBy(permitted, knowledge.narrowings);
  return {
    cwd: settings.cwd,
    hooks: modules.hooks,
    gate: {
      policy: modules.policy,
      permission,
      taint: knowledge.guard(taint.check),
      constraints: modules.constraints,
      risk: riskOfTrust(modules.risk, options),
    },
    ...keepNewLabels(taint.labeller),
    ...(await openApproval(settings, options)),
    sandbox: modules.sandbox,
    files: await openReadable(wiring, spilled),
    spill:
      tools.registry.get("Read") === undefined
        ? undefined
        : openSpill(spilled, { random: options.random ?? systemRandom, log: settings.log }),
    fetch: modules.fetch,
    filters: modules.filters,
  };
}

function describeStart(
  { settings, modules }: Wiring,
  {
    opened,
    tools,
    permissionMode,
    auditPath,
    agentFiles,
  }: Pick<Parts, "opened" | "tools" | "permissionMode"> & {
    readonly auditPath?: string;
    readonly agentFiles: readonly string[];
  },
): SessionStartData {
  return {
    provider: opened.model.provider,
    model: opened.model.id,
    source: opened.source,
    cwd: settings.cwd,
    permissionMode,
    isolation: modules.sandbox.isolation,
    tools: tools.offered().map(({ name }) => name),
    files: [...settings.files, ...modules.policyFiles, ...agentFiles],
    ...(auditPath === undefined ? {} : { auditPath }),
  };
}
