import { suggestName } from "../errors/index.ts";

/** The options that a single run may set. */
const OVERRIDES = [
  "model",
  "systemPrompt",
  "tools",
  "permissionMode",
  "onApproval",
  "budget",
  "maxTurns",
  "maxOutputTokens",
  "timeouts",
  "stall",
  "session",
  "outputSchema",
  "reasoning",
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
  "hooks",
  "sandbox",
  "sandboxMode",
  "filters",
  "network",
  "audit",
  "config",
  "trustProject",
  "telemetry",
  "retry",
  "prices",
  "clock",
  "random",
  "env",
  "fetch",
  "log",
] as const;

/** Names that later versions will know: refused, so that nobody believes they work. */
const NOT_YET = ["mcpServers", "agents", "skills", "memory"] as const;

const TIMEOUTS = ["firstChunkMs", "chunkMs", "turnMs", "toolMs", "runMs", "approvalMs"] as const;
const MODES = ["default", "accept_edits", "plan", "bypass"] as const;

/** The names of all options, and of those that one run may override. */
export const OPTION_NAMES: { readonly run: readonly string[]; readonly overrides: readonly string[] } = {
  run: OPTIONS,
  overrides: OVERRIDES,
};

/**
 * Refuses options that are not known or that cannot be meant: throws a `TypeError` or `RangeError` that names the
 * option and how to put it right. Done once at the edge; inside, options are trusted.
 */
export function checkOptions(options: object, kind: "run" | "overrides"): void {
  const known = OPTION_NAMES[kind];
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    if (NOT_YET.some((later) => later === name)) {
      throw new TypeError(`The option "${name}" does not exist in this version of harness-agent yet`);
    }
    throw new TypeError(`Unknown option "${name}".${suggestName(name, known)}`);
  }
  checkValues(options);
}

function checkValues(options: {
  readonly maxTurns?: unknown;
  readonly maxOutputTokens?: unknown;
  readonly permissionMode?: unknown;
  readonly timeouts?: unknown;
  readonly stall?: unknown;
  readonly prompt?: unknown;
}): void {
  checkCount("maxTurns", options.maxTurns);
  checkCount("maxOutputTokens", options.maxOutputTokens);
  const { permissionMode, timeouts, stall } = options;
  if (permissionMode !== undefined && !MODES.some((mode) => mode === permissionMode)) {
    const shown = typeof permissionMode === "string" ? permissionMode : typeof permissionMode;
    throw new TypeError(
      `permissionMode must be one of ${MODES.join(", ")}, not "${shown}".${suggestName(shown, MODES)}`,
    );
  }
  if (timeouts !== undefined) checkTimeouts(timeouts);
  if (typeof stall === "object" && stall !== null && "repeats" in stall) checkCount("stall.repeats", stall.repeats);
}

function checkTimeouts(timeouts: unknown): void {
  if (typeof timeouts !== "object" || timeouts === null) throw new TypeError("timeouts must be an object");
  for (const [name, value] of Object.entries(timeouts)) {
    if (!TIMEOUTS.some((known) => known === name)) {
      throw new TypeError(`Unknown option "timeouts.${name}".${suggestName(name, TIMEOUTS)}`);
    }
    checkCount(`timeouts.${name}`, value);
  }
}

function checkCount(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "number" && Number.isInteger(value) && value >= 1)) return;
  const shown = typeof value === "number" || typeof value === "string" ? JSON.stringify(value) : typeof value;
  throw new RangeError(`${name} must be a whole number of at least 1, not ${shown}`);
}
