import type { SettingKind } from "./setting-kinds.ts";
import type { TrustRule } from "./trust-rules.ts";

/** One setting: where it stands in a file, what it may be, and what an untrusted project may do to it. */
export interface Setting {
  /** `section.key` of the file. `*` stands for a name of the user's choice. */
  readonly key: string;
  readonly kind: SettingKind;
  readonly trust: TrustRule;
  /** The environment variable that goes before every file. */
  readonly env?: string;
}

const TEXT: SettingKind = { type: "string" };
const FLAG: SettingKind = { type: "boolean" };
const LIST: SettingKind = { type: "strings" };
const PATHS: SettingKind = { type: "strings", isPath: true };
const COUNT: SettingKind = { type: "integer", least: 1 };
const AMOUNT: SettingKind = { type: "amount" };

const FREE: TrustRule = { type: "free" };
const NEVER: TrustRule = { type: "never" };
const LOWER: TrustRule = { type: "lower" };
const ADD: TrustRule = { type: "add" };
const ONLY_ON: TrustRule = { type: "only", value: true };
const ONLY_OFF: TrustRule = { type: "only", value: false };

/** Permission modes from the loosest to the strictest. */
const MODES = ["bypass", "accept_edits", "default", "plan"];
/** Sandbox modes from the loosest to the strictest. */
const SANDBOXES = ["none", "process", "os", "docker", "wasm"];

/** Every setting there is: the one table behind validation, trust, environment and documentation. */
export const SETTINGS: readonly Setting[] = [
  { key: "defaults.provider", kind: TEXT, trust: FREE },
  { key: "defaults.model", kind: TEXT, trust: FREE },
  { key: "providers.*.api_key", kind: TEXT, trust: NEVER },
  { key: "providers.*.base_url", kind: TEXT, trust: NEVER },
  { key: "providers.*.model", kind: TEXT, trust: FREE },
  {
    key: "router.strategy",
    kind: { type: "choice", values: ["manual", "cost_optimized", "quality_first", "latency_first"] },
    trust: FREE,
  },
  { key: "router.fallback_chain", kind: LIST, trust: FREE },
  { key: "router.simple_task_model", kind: TEXT, trust: FREE },
  { key: "router.max_cost_per_session", kind: AMOUNT, trust: LOWER, env: "HARNESS_MAX_COST" },
  { key: "router.max_tokens_per_session", kind: COUNT, trust: LOWER, env: "HARNESS_MAX_TOKENS" },
  {
    key: "permissions.mode",
    kind: { type: "choice", values: ["default", "accept_edits", "plan", "bypass"] },
    trust: { type: "stricter", order: MODES, otherwise: "default" },
    env: "HARNESS_PERMISSION_MODE",
  },
  { key: "permissions.allow", kind: LIST, trust: NEVER },
  { key: "permissions.ask", kind: LIST, trust: ADD },
  { key: "permissions.deny", kind: LIST, trust: ADD },
  { key: "policy.policy_paths", kind: PATHS, trust: NEVER },
  { key: "policy.simulation_mode", kind: FLAG, trust: ONLY_OFF },
  { key: "audit.enabled", kind: FLAG, trust: ONLY_ON, env: "HARNESS_AUDIT_ENABLED" },
  { key: "audit.scan_pii", kind: FLAG, trust: ONLY_ON },
  { key: "audit.log_tool_args", kind: FLAG, trust: ONLY_ON },
  { key: "audit.retention_days", kind: COUNT, trust: { type: "higher" } },
  { key: "audit.retention_max_size_mb", kind: COUNT, trust: { type: "higher" } },
  { key: "audit.dir", kind: { type: "path" }, trust: NEVER },
  { key: "sandbox.enabled", kind: FLAG, trust: ONLY_ON },
  {
    key: "sandbox.mode",
    kind: { type: "choice", values: SANDBOXES },
    trust: { type: "stricter", order: SANDBOXES, otherwise: "process" },
    env: "HARNESS_SANDBOX",
  },
  { key: "sandbox.max_memory_mb", kind: COUNT, trust: LOWER },
  { key: "sandbox.max_cpu_seconds", kind: COUNT, trust: LOWER },
  { key: "sandbox.network_access", kind: FLAG, trust: ONLY_OFF },
  { key: "sandbox.docker_image", kind: TEXT, trust: NEVER },
  { key: "sandbox.allowed_paths", kind: PATHS, trust: NEVER },
  { key: "sandbox.blocked_commands", kind: LIST, trust: ADD },
  { key: "run.max_turns", kind: COUNT, trust: LOWER, env: "HARNESS_MAX_TURNS" },
  { key: "run.max_output_tokens", kind: COUNT, trust: LOWER },
  { key: "run.system_prompt", kind: TEXT, trust: NEVER },
  { key: "timeouts.first_chunk_ms", kind: COUNT, trust: LOWER },
  { key: "timeouts.chunk_ms", kind: COUNT, trust: LOWER },
  { key: "timeouts.turn_ms", kind: COUNT, trust: LOWER },
  { key: "timeouts.tool_ms", kind: COUNT, trust: LOWER },
  { key: "timeouts.run_ms", kind: COUNT, trust: LOWER },
  { key: "timeouts.approval_ms", kind: COUNT, trust: LOWER },
  { key: "tools.enabled", kind: LIST, trust: NEVER },
  { key: "tools.directories", kind: PATHS, trust: NEVER },
  { key: "tools.protected_paths", kind: PATHS, trust: ADD },
];

/** The setting that a path of keys in a file means. */
export function findSetting(path: readonly string[]): Setting | undefined {
  const key = path.join(".");
  const named = SETTINGS.find((setting) => setting.key === key);
  if (named !== undefined || path.length !== 3) return named;
  const [section, , last] = path;
  return SETTINGS.find((setting) => setting.key === `${section}.*.${last}`);
}
