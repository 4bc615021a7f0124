import type { AgentRun, Totals } from "../agent/index.ts";
import { systemClock, systemRandom } from "../async/index.ts";
import { toApprover } from "../approval/index.ts";
import { toJsonSchema } from "../schema/index.ts";
import type { Audit, Budget, Check, SessionStartData } from "../spec/index.ts";
import { noOpTracer } from "../telemetry/index.ts";
import { lazyCheck } from "./lazy-check.ts";
import { openAudit } from "./open-audit.ts";
import { openModel, type OpenedModel } from "./open-model.ts";
import { openSession, type OpenedSession } from "./open-session.ts";
import { openTools, type OpenedTools } from "./open-tools.ts";
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
}

/** Builds the run of one prompt from what the harness shares and what the run asks for. */
export async function buildAgentRun(wiring: Wiring, request: RunRequest, totals: Totals): Promise<BuiltRun> {
  const { settings, modules, store } = wiring;
  const { options, sessionId, controls } = request;
  const { clock = systemClock, random = systemRandom } = options;
  const opened = await openModel(await wiring.findModel(options), { settings, options, prices: modules.prices });
  const tools = await openTools(wiring, request);
  const system = buildSystemPrompt({
    systemPrompt: options.systemPrompt ?? settings.config.run.systemPrompt,
    instructions: settings.instructions,
    cwd: settings.cwd,
    hasTools: tools.registry.names().length > 0,
  });
  const specs = tools.offered().map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  const overheadChars = (system?.length ?? 0) + JSON.stringify(specs).length;
  const session = await openSession(sessionId, { store, clock, overheadChars });
  const { audit, isOwn, path } = await openAudit(wiring, { options, sessionId });
  const permissionMode = options.permissionMode ?? settings.config.permissions.mode ?? "default";
  const budget = await openBudget(wiring, options);
  const shared = { options, opened, tools, budget, permissionMode } satisfies Parts;
  const run: AgentRun = {
    ...controls,
    ...openLimits(wiring, shared),
    ...openGate(wiring, shared),
    scope: { sessionId, agent: "main" },
    model: opened.model,
    modelInfo: opened.infoOf,
    system,
    budget,
    audit,
    tracer: options.telemetry ?? noOpTracer,
    clock,
    random,
    totals,
    redact: modules.redact,
    history: session.history,
    log: settings.log,
  };
  const start = describeStart(wiring, { ...shared, ...(path === undefined ? {} : { auditPath: path }) });
  return { run, start, session, audit, ownsAudit: isOwn };
}

interface Parts {
  readonly options: RunOptions;
  readonly opened: OpenedModel;
  readonly tools: OpenedTools;
  readonly budget: Budget;
  readonly permissionMode: NonNullable<RunOptions["permissionMode"]>;
}

function openLimits({ settings: { config } }: Wiring, { options, tools }: Parts) {
  const timeouts: Timeouts = { ...config.timeouts, ...options.timeouts };
  return {
    tools: tools.registry,
    offeredTools: tools.offered,
    maxTurns: options.maxTurns ?? config.run.maxTurns ?? 100,
    maxOutputTokens: options.maxOutputTokens ?? config.run.maxOutputTokens ?? 16_384,
    reasoning: options.reasoning,
    output:
      options.outputSchema === undefined
        ? undefined
        : { schema: options.outputSchema, jsonSchema: toJsonSchema(options.outputSchema) },
    turnMs: timeouts.turnMs,
    maxParallelCalls: 10,
    stallRepeats: options.stall?.repeats,
    limits: {
      toolMs: timeouts.toolMs ?? 600_000,
      checkMs: 10_000,
      approvalMs: timeouts.approvalMs,
      maxOutputBytes: 256 * 1024,
    },
  };
}

function openGate({ settings, modules }: Wiring, { options, permissionMode }: Parts) {
  const { allow, ask, deny } = settings.config.permissions;
  const { permissions = {} } = options;
  const rules = {
    allow: [...(permissions.allow ?? []), ...(allow ?? [])],
    ask: [...(permissions.ask ?? []), ...(ask ?? [])],
    deny: [...(permissions.deny ?? []), ...(deny ?? [])],
  };
  const permission = lazyCheck(async (): Promise<Check> => {
    const { createPermissionCheck } = await import("../permission/index.ts");
    return createPermissionCheck({ mode: permissionMode, rules });
  });
  permission.begin();
  return {
    cwd: settings.cwd,
    hooks: modules.hooks,
    gate: { policy: modules.policy, permission, risk: modules.risk },
    approver: options.onApproval === undefined ? undefined : toApprover(options.onApproval),
    sandbox: modules.sandbox,
    files: modules.files,
    fetch: modules.fetch,
    filters: modules.filters,
  };
}

/** A tracker of the host as it is; limits of options and configuration as a tracker of the session. */
async function openBudget({ settings, modules }: Wiring, { budget }: RunOptions): Promise<Budget> {
  if (budget !== undefined && "reserve" in budget) return budget;
  if (modules.budget !== undefined && budget === undefined) return modules.budget;
  const { BudgetTracker } = await import("../budget/index.ts");
  const { maxCostPerSession, maxTokensPerSession } = settings.config.router;
  const limits = { maxCost: maxCostPerSession, maxTokens: maxTokensPerSession, ...budget };
  return new BudgetTracker(limits);
}

function describeStart(
  { settings, modules }: Wiring,
  { opened, tools, permissionMode, auditPath }: Parts & { readonly auditPath?: string },
): SessionStartData {
  return {
    provider: opened.model.provider,
    model: opened.model.id,
    source: opened.source,
    cwd: settings.cwd,
    permissionMode,
    isolation: modules.sandbox.isolation,
    tools: tools.offered().map(({ name }) => name),
    files: [...settings.files, ...modules.policyFiles],
    ...(auditPath === undefined ? {} : { auditPath }),
  };
}
