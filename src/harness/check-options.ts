import type { ConstraintDomain } from "../constraints/index.ts";
import type { SandboxMode } from "../sandbox/index.ts";
import { suggestName } from "../errors/index.ts";
import { checkShape, listOf } from "./check-shapes.ts";
import {
  checkHooks,
  checkNames,
  checkObject,
  checkPort,
  hasMethod,
  OBJECTS,
  PORTS,
  showValue,
} from "./check-values.ts";

/** The options that a single run may set. */
const OVERRIDES = [
  "model",
  "systemPrompt",
  "tools",
  "permissionMode",
  "onApproval",
  "trustLevel",
  "approvals",
  "onUnknownOutcome",
  "migrate",
  "retryStuck",
  "budget",
  "maxTurns",
  "maxOutputTokens",
  "timeouts",
  "stall",
  "session",
  "outputSchema",
  "reasoning",
  "labels",
  "signal",
] as const;

/** All options of `run`. A test keeps this list and the type `RunOptions` equal. */
const OPTIONS = [
  ...OVERRIDES,
  "provider",
  "apiKey",
  "baseUrl",
  "router",
  "cwd",
  "directories",
  "permissions",
  "policy",
  "risk",
  "taint",
  "constraints",
  "hooks",
  "sandbox",
  "sandboxMode",
  "filters",
  "network",
  "audit",
  "config",
  "agents",
  "agentLimits",
  "skills",
  "memory",
  "compaction",
  "trustProject",
  "checkpoints",
  "telemetry",
  "guards",
  "retry",
  "prices",
  "clock",
  "random",
  "env",
  "fetch",
  "log",
] as const;

/** Names that later versions will know: refused, so that nobody believes they work. */
const NOT_YET = ["mcpServers"] as const;

const MODES = ["default", "accept_edits", "plan", "bypass"] as const;
const TRUST_LEVELS = ["read_only", "supervised", "semi_autonomous", "autonomous"] as const;
/** Those of the constraints' module, which this file must not load; the type keeps them equal. */
const DOMAINS = Object.keys({ finance: true, healthcare: true, privacy: true } satisfies Record<
  ConstraintDomain,
  true
>);
const SANDBOXES = ["none", "process", "os", "docker", "wasm"] as const satisfies readonly SandboxMode[];
const EFFORTS = ["none", "low", "medium", "high", "max"] as const;

/** Options that are plain values. */
const KINDS: ReadonlyMap<string, "boolean" | "function" | "object"> = new Map([
  ["checkpoints", "boolean"],
  ["agents", "object"],
  ["env", "object"],
  ["fetch", "function"],
  ["log", "function"],
]);

/** The names of all options, and of those that one run may override. */
export const OPTION_NAMES: { readonly run: readonly string[]; readonly overrides: readonly string[] } = {
  run: OPTIONS,
  overrides: OVERRIDES,
};

/**
 * Refuses options that are not known or that cannot be meant: throws a `TypeError` or `RangeError` that names the
 * option and how to put it right. Done once at the edge; inside, options are trusted.
 */
export function checkOptions(options: unknown, kind: "run" | "harness" | "overrides"): void {
  checkObject("options", options);
  const known = kind === "overrides" ? OVERRIDES : OPTIONS;
  for (const [name, value] of Object.entries(options)) {
    if (name === "signal" && kind === "harness" && value !== undefined) {
      throw new TypeError('The option "signal" is one of a run: pass it to harness.run()');
    }
    if (known.some((option) => option === name)) continue;
    if (NOT_YET.some((later) => later === name)) {
      throw new TypeError(`The option "${name}" does not exist in this version of harness-agent yet`);
    }
    throw new TypeError(`Unknown option "${name}".${suggestName(name, known)}`);
  }
  // Any object can be read by string keys; the values stay unknown.
  checkValues(options as Readonly<Record<string, unknown>>);
}

function checkValues(options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) if (value !== undefined) checkValue(name, value);
  const { maxTurns, maxOutputTokens, permissionMode, timeouts, stall, retry, reasoning, budget } = options;
  const { systemPrompt, sandbox, sandboxMode, telemetry } = options;
  checkTracer(telemetry);
  const domains = read(options["constraints"], "domains") ?? [];
  for (const domain of listOf("constraints.domains", domains)) checkWord("constraints.domains", domain, DOMAINS);
  if (typeof systemPrompt === "object") checkTexts("systemPrompt", systemPrompt, ["name", "text"]);
  checkShares(options["compaction"]);
  checkCount("maxTurns", maxTurns);
  checkCount("maxOutputTokens", maxOutputTokens);
  if (permissionMode !== undefined) checkWord("permissionMode", permissionMode, MODES);
  for (const [name, value] of Object.entries(timeouts ?? {})) checkCount(`timeouts.${name}`, value);
  if (stall !== undefined) checkCount("stall.repeats", read(stall, "repeats") ?? "nothing");
  checkCount("stall.noProgressTurns", read(stall, "noProgressTurns"));
  const action = read(stall, "action");
  if (action !== undefined) checkWord("stall.action", action, ["stop", "ask"]);
  for (const [name, value] of Object.entries(retry ?? {})) checkAmount(`retry.${name}`, value);
  for (const name of AMOUNTS) checkAmount(`budget.${name}`, read(budget, name));
  checkCount("reasoning.maxTokens", read(reasoning, "maxTokens"));
  const effort = read(reasoning, "effort");
  if (effort !== undefined) checkWord("reasoning.effort", effort, EFFORTS);
  const mode = typeof sandbox === "string" ? sandbox : read(sandbox, "mode");
  for (const word of [mode, sandboxMode]) {
    // A sandbox of the host has a mode of its own kind.
    if (word !== undefined && !hasMethod(sandbox, "exec")) checkWord("sandbox", word, SANDBOXES);
  }
  if (mode !== undefined && sandboxMode !== undefined && mode !== sandboxMode) {
    throw new TypeError(
      `sandbox says ${JSON.stringify(mode)} and sandboxMode ${JSON.stringify(sandboxMode)}: pass one`,
    );
  }
}

/** What a budget counts. One that is not a number would never be reached. */
const AMOUNTS = ["maxTokens", "maxCost", "maxTurns", "maxToolCalls", "maxWallMs"] as const;

/** Options that `true` switches on as they are by default. */
const SWITCHES = ["telemetry", "skills", "memory"] as const;

/** Options that are a word or an object. */
const WORDS = ["session", "sandbox", "systemPrompt", "trustLevel"] as const;
/** Options that `false` switches off. */
const OFF = ["audit", "config", "taint", "agents", "skills", "memory", "compaction", "telemetry"] as const;

function checkValue(name: string, value: unknown): void {
  const object = OBJECTS.get(name);
  checkShape(name, value);
  if (name === "trustLevel") checkWord(name, typeof value === "string" ? value : read(value, "level"), TRUST_LEVELS);
  const isWord = WORDS.some((known) => known === name) && typeof value === "string";
  const isOff = OFF.some((known) => known === name) && value === false;
  const isSwitch = SWITCHES.some((known) => known === name) && value === true;
  if (isWord || isOff || isSwitch) return;
  if (object !== undefined && !hasMethod(value, object.port ?? "")) return checkNames(name, value, object.names);
  const kind = KINDS.get(name);
  if (kind === "object") checkObject(name, value);
  if (kind !== undefined && typeof value !== kind) {
    throw new TypeError(`${name} must be a ${kind}, not ${showValue(value)}`);
  }
  if (name === "hooks" && Array.isArray(value)) return checkHooks(value);
  const isName =
    typeof value === "string" ? name === "model" || name === "policy" : name === "policy" && isTexts(value);
  const methods = isName ? undefined : PORTS.get(name);
  if (methods !== undefined) checkPort(name, value, methods);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function checkWord(name: string, value: unknown, words: readonly string[]): void {
  if (typeof value === "string" && words.includes(value)) return;
  const shown = typeof value === "string" ? `"${value}".${suggestName(value, words)}` : showValue(value);
  throw new TypeError(`${name} must be one of ${words.join(", ")}, not ${shown}`);
}

/** A tracer of ours takes measurements; one of OpenTelemetry's own opens active spans. */
function checkTracer(telemetry: unknown): void {
  if (!hasMethod(telemetry, "startSpan") || hasMethod(telemetry, "startActiveSpan")) return;
  checkPort("telemetry", telemetry, ["measure"]);
}

function checkTexts(name: string, value: unknown, keys: readonly string[]): void {
  for (const key of keys) {
    const text = read(value, key);
    if (typeof text !== "string" || text === "") throw new TypeError(`${name}.${key} must be a text that is not empty`);
  }
}

function read(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

function checkCount(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "number" && Number.isInteger(value) && value >= 1)) return;
  const shown = typeof value === "string" ? JSON.stringify(value) : showValue(value);
  throw new RangeError(`${name} must be a whole number of at least 1, not ${shown}`);
}

function checkAmount(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "number" && value >= 0)) return;
  throw new RangeError(`${name} must be a number from 0 on, not ${showValue(value)}`);
}

function checkShares(compaction: unknown): void {
  const [threshold = 0.8, keep = 0.25] = [read(compaction, "threshold"), read(compaction, "keep")];
  for (const [name, value] of Object.entries({ threshold, keep })) {
    if (typeof value === "number" && value > 0 && value < 1) continue;
    throw new RangeError(`compaction.${name} must be a share above 0 and below 1, not ${String(value)}`);
  }
  if (Number(keep) < Number(threshold)) return;
  throw new RangeError("compaction.keep must be below compaction.threshold: else there would be nothing to take out");
}
