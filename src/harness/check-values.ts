// The files with the names alone: the doors would load their modules before the first message.
import { AUDIT_OPTION_NAMES } from "../audit/audit-logger-options.ts";
import { LIMIT_NAMES } from "../budget/limit-names.ts";
import { CONSTRAINT_OPTION_NAMES } from "../constraints/constraint-options.ts";
import { GUARD_OPTION_NAMES } from "../guards/guard-options.ts";
import { FETCH_OPTION_NAMES } from "../net/guarded-fetch-options.ts";
import { ROUTER_OPTION_NAMES } from "../router/router-option-names.ts";
import { SANDBOX_OPTION_NAMES } from "../sandbox/sandbox-option-names.ts";
import { suggestName, type KnownNames } from "../errors/index.ts";
import type { StallOptions } from "../agent/index.ts";
import type { PermissionRules } from "../permission/index.ts";
import type { ApprovalRules } from "../tool-call/index.ts";
import type { Reasoning } from "../spec/index.ts";
import type { TelemetryOptions } from "../telemetry/index.ts";
import type { AgentLimits } from "../subagents/index.ts";
import type { BudgetOptions, HookEntry, RunOptions, TaintRules, SessionOptions, Timeouts } from "./run-options.ts";
import type { PromptTemplate } from "./system-prompt.ts";

const TIMEOUTS: KnownNames<Timeouts> = {
  firstChunkMs: true,
  chunkMs: true,
  turnMs: true,
  toolMs: true,
  runMs: true,
  approvalMs: true,
  closeMs: true,
};
const BUDGET: KnownNames<BudgetOptions> = { ...LIMIT_NAMES, accounts: true, ledger: true };
const PERMISSIONS: KnownNames<PermissionRules> = { allow: true, deny: true, ask: true };
const STALL: KnownNames<StallOptions> = { repeats: true, noProgressTurns: true, action: true };
const RETRY: KnownNames<NonNullable<RunOptions["retry"]>> = { maxRetries: true, baseDelayMs: true, maxDelayMs: true };
const REASONING: KnownNames<Reasoning> = { effort: true, maxTokens: true };
const TAINT: KnownNames<TaintRules> = { privatePaths: true, trustedTools: true, trustedHosts: true };
const PROMPT: KnownNames<PromptTemplate> = { name: true, text: true, version: true };
const TELEMETRY: KnownNames<TelemetryOptions> = {
  conventions: true,
  content: true,
  contentTo: true,
  sessionLabel: true,
  parent: true,
  tracerProvider: true,
  meterProvider: true,
  clock: true,
  env: true,
};
const AGENT_LIMITS: KnownNames<AgentLimits> = { maxParallel: true, maxDepth: true, budgetShare: true, timeoutMs: true };
const SESSION: KnownNames<SessionOptions> = { id: true, store: true, leaseMs: true, maxHeld: true, maxCrashes: true };
const APPROVALS: KnownNames<ApprovalRules> = { quorum: true, requestedBy: true };
const HOOK: KnownNames<HookEntry> = {
  event: true,
  run: true,
  command: true,
  matcher: true,
  timeoutMs: true,
  onError: true,
};

/** Options that are objects: their keys, and the method by which one that the host made itself is known. */
export const OBJECTS: ReadonlyMap<string, { readonly names: Readonly<Record<string, true>>; readonly port?: string }> =
  new Map([
    ["timeouts", { names: TIMEOUTS }],
    ["stall", { names: STALL }],
    ["guards", { names: GUARD_OPTION_NAMES, port: "admit" }],
    ["retry", { names: RETRY }],
    ["reasoning", { names: REASONING }],
    ["trustLevel", { names: { level: true, timeoutMs: true, approveLowRiskAtTimeout: true } }],
    ["risk", { names: { environment: true, registry: true, dataLabels: true }, port: "check" }],
    ["constraints", { names: CONSTRAINT_OPTION_NAMES }],
    ["labels", { names: { isTainted: true, dataLabels: true } }],
    ["taint", { names: TAINT }],
    ["permissions", { names: PERMISSIONS }],
    ["network", { names: FETCH_OPTION_NAMES }],
    ["compaction", { names: { threshold: true, keep: true } }],
    ["memory", { names: { user: true, project: true } }],
    ["agentLimits", { names: AGENT_LIMITS }],
    ["budget", { names: BUDGET, port: "reserve" }],
    ["session", { names: SESSION, port: "append" }],
    ["approvals", { names: APPROVALS }],
    ["systemPrompt", { names: PROMPT }],
    ["sandbox", { names: SANDBOX_OPTION_NAMES, port: "exec" }],
    ["audit", { names: AUDIT_OPTION_NAMES, port: "openCall" }],
    ["router", { names: ROUTER_OPTION_NAMES, port: "stream" }],
    ["telemetry", { names: TELEMETRY, port: "startSpan" }],
  ]);

/** Options that are ports: the methods that one must have. */
export const PORTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["model", ["stream"]],
  ["policy", ["check"]],
  ["hooks", ["has", "run"]],
  ["prices", ["findModel", "priceOf"]],
  ["clock", ["now", "monotonic", "sleep"]],
  ["random", ["next", "id"]],
  ["signal", ["throwIfAborted", "addEventListener"]],
]);

/** Refuses keys that nobody reads: throws a `TypeError` with the nearest valid one. */
export function checkNames(place: string, value: unknown, names: Readonly<Record<string, true>>): void {
  checkObject(place, value);
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(names, name)) continue;
    throw new TypeError(`Unknown option "${place}.${name}".${suggestName(name, Object.keys(names))}`);
  }
}

/** Refuses what is no plain object: of a list or a promise no key would be read, and its place would stand empty. */
export function checkObject(place: string, value: unknown): asserts value is object {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !hasMethod(value, "then")) return;
  throw new TypeError(`${place} must be an object, not ${showValue(value)}`);
}

/** A value as a message shows it: what it is, or itself where that is short. Never a secret: texts only where they are words. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (hasMethod(value, "then")) return "a promise: await it";
  return value === null || typeof value === "number" || typeof value === "boolean" ? String(value) : typeof value;
}

/** Refuses what is not a port: throws a `TypeError` that names the missing method. */
export function checkPort(place: string, value: unknown, methods: readonly string[]): void {
  for (const method of methods) {
    if (hasMethod(value, method)) continue;
    throw new TypeError(`${place} must have a method ${method}()`);
  }
}

/** Whether a value has a method. */
export function hasMethod(value: unknown, name: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  // Any object can be read by string keys; the value stays unknown.
  return typeof (value as Readonly<Record<string, unknown>>)[name] === "function";
}

/** Refuses a list of hooks with a key that has no effect. */
export function checkHooks(hooks: readonly unknown[]): void {
  for (const [index, hook] of hooks.entries()) {
    checkNames(`hooks[${index}]`, hook, HOOK);
    // Checked to be an object just now.
    const { run, command } = hook as Partial<HookEntry>;
    if ((run === undefined) !== (command === undefined)) continue;
    throw new TypeError(`hooks[${index}] needs either run, a function, or command, a program and its arguments`);
  }
}
