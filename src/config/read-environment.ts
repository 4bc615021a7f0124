import { ConfigError } from "../errors/index.ts";
import { BadValue } from "./bad-value.ts";
import { findSetting } from "./find-setting.ts";
import type { Layer, LayerEntry } from "./layer.ts";
import type { ReadContext } from "./value-readers.ts";

/** Every variable that is read here, and the key that it overrides. Keys of providers are read by the providers. */
const VARIABLES: ReadonlyMap<string, string> = new Map([
  ["HARNESS_PROVIDER", "defaults.provider"],
  ["HARNESS_MODEL", "defaults.model"],
  ["HARNESS_STRATEGY", "router.strategy"],
  ["HARNESS_MAX_COST", "router.max_cost_per_session"],
  ["HARNESS_MAX_TOKENS", "router.max_tokens_per_session"],
  ["HARNESS_PERMISSION_MODE", "permissions.mode"],
  ["HARNESS_POLICY_SIMULATION", "policy.simulation_mode"],
  ["HARNESS_AUDIT_ENABLED", "audit.enabled"],
  ["HARNESS_AUDIT_DIR", "audit.dir"],
  ["HARNESS_SANDBOX", "sandbox.mode"],
  ["HARNESS_SANDBOX_IMAGE", "sandbox.docker_image"],
  ["HARNESS_SANDBOX_NETWORK", "sandbox.network_access"],
  ["HARNESS_MAX_TURNS", "run.max_turns"],
  ["HARNESS_MAX_OUTPUT_TOKENS", "run.max_output_tokens"],
  ["HARNESS_RUN_TIMEOUT_MS", "timeouts.run_ms"],
  ["HARNESS_OTEL_ENABLED", "observability.enabled"],
  ["HARNESS_OTEL_EXPORTER", "observability.exporter"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "observability.otlp_endpoint"],
  ["OTEL_SERVICE_NAME", "observability.service_name"],
]);

/** Reads the variables; an empty one counts as not set. Throws a `ConfigError` that names a variable with a bad value. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>, context: ReadContext): Layer {
  const layer = new Map<string, LayerEntry>();
  const add = (key: string, written: string, variable: string): void => {
    const found = findSetting(key.split("."));
    if (typeof found === "string") throw new TypeError(found);
    const value = readVariable(() => readSpelled(found.setting.read, written, context), variable);
    layer.set(key, { ...found, value, key, source: variable });
  };
  for (const [variable, key] of VARIABLES) {
    const written = env[variable]?.trim() ?? "";
    if (written !== "") add(key, written, variable);
  }
  // Whoever names a sandbox wants one, also where a file turned it off.
  if (layer.has("sandbox.mode")) add("sandbox.enabled", "true", "HARNESS_SANDBOX");
  return layer;
}

/** A variable is always text: what it may spell is tried, the text itself last. */
function readSpelled(
  read: (value: unknown, context: ReadContext) => unknown,
  written: string,
  context: ReadContext,
): unknown {
  const problems: unknown[] = [];
  for (const value of spelledValues(written)) {
    try {
      return read(value, context);
    } catch (problem) {
      problems.push(problem);
    }
  }
  // The first meaning is the likeliest one.
  throw problems[0];
}

function spelledValues(written: string): readonly unknown[] {
  const values: unknown[] = [];
  if (/^-?\d+(?:\.\d+)?$/.test(written)) values.push(Number(written));
  if (/^(?:true|1|yes|on)$/i.test(written)) values.push(true);
  if (/^(?:false|0|no|off)$/i.test(written)) values.push(false);
  return [...values, written];
}

function readVariable(read: () => unknown, variable: string): unknown {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof BadValue)) throw cause;
    throw new ConfigError(`The environment variable ${variable} ${cause.message}`);
  }
}
