import { ConfigError } from "../../errors/index.ts";

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment asks for, with OpenTelemetry's traps mended. */
export interface TelemetryEnvironment {
  /** `OTEL_SDK_DISABLED`. */
  readonly isDisabled: boolean;
  /** Whether anything is told to anybody. */
  readonly isUsed: boolean;
  readonly traces: readonly string[];
  readonly metrics: readonly string[];
  readonly logs: readonly string[];
  /** Variables that the SDK shall see in place of the given ones; `undefined` = not set. */
  readonly variables: Environment;
  /** What was mended, for people. */
  readonly notes: readonly string[];
}

const SIGNALS = ["TRACES", "METRICS", "LOGS"] as const;
type Signal = (typeof SIGNALS)[number];

const EXPORTERS: Readonly<Record<Signal, readonly string[]>> = {
  TRACES: ["otlp", "console", "zipkin", "none"],
  METRICS: ["otlp", "console", "prometheus", "none"],
  LOGS: ["otlp", "console", "none"],
};
const PROTOCOLS = ["grpc", "http/protobuf", "http/json"];

/**
 * Reads `OTEL_*`. Differs from the SDK in what it does where nobody said anything: a signal that has no exporter and no
 * endpoint goes nowhere, instead of to localhost; port 4317 without a protocol speaks gRPC, as everything that listens
 * there does. A word that is not known throws a `ConfigError`, where the SDK would go on without telemetry.
 */
export function readTelemetryEnvironment(env: Environment): TelemetryEnvironment {
  const notes: string[] = [];
  const exporters = { TRACES: [], METRICS: [], LOGS: [] } as Record<Signal, readonly string[]>;
  const variables: Record<string, string | undefined> = {};
  for (const signal of SIGNALS) {
    exporters[signal] = readExporters(env, signal);
    variables[`OTEL_${signal}_EXPORTER`] = exporters[signal].length === 0 ? "none" : exporters[signal].join(",");
    const protocol = readProtocol(env, signal);
    if (protocol.value !== undefined) variables[`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`] = protocol.value;
    if (protocol.isMended && exporters[signal].includes("otlp")) notes.push(describeMended(signal));
  }
  const isDisabled = textOf(env, "OTEL_SDK_DISABLED")?.toLowerCase() === "true";
  return {
    isDisabled,
    isUsed: !isDisabled && SIGNALS.some((signal) => exporters[signal].length > 0),
    traces: exporters.TRACES,
    metrics: exporters.METRICS,
    logs: exporters.LOGS,
    variables,
    notes,
  };
}

function readExporters(env: Environment, signal: Signal): readonly string[] {
  const variable = `OTEL_${signal}_EXPORTER`;
  const written = textOf(env, variable);
  if (written === undefined) {
    // Logs carry content only, and only when that is asked for: the general endpoint is not meant for them.
    const general = signal === "LOGS" ? undefined : textOf(env, "OTEL_EXPORTER_OTLP_ENDPOINT");
    const own = textOf(env, `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`);
    return (own ?? general) === undefined ? [] : ["otlp"];
  }
  const names = [...new Set(written.split(",").map((name) => name.trim()))].filter((name) => name !== "");
  for (const name of names) checkWord(variable, name, EXPORTERS[signal]);
  if (!names.includes("none")) return names;
  if (names.length > 1) throw new ConfigError(`${variable} says "none" beside others: "${written}"`);
  return [];
}

function readProtocol(
  env: Environment,
  signal: Signal,
): { readonly value: string | undefined; readonly isMended: boolean } {
  const variable = `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`;
  const own = textOf(env, variable);
  const written = own ?? textOf(env, "OTEL_EXPORTER_OTLP_PROTOCOL");
  if (written !== undefined) {
    checkWord(own === undefined ? "OTEL_EXPORTER_OTLP_PROTOCOL" : variable, written, PROTOCOLS);
    return { value: written, isMended: false };
  }
  const endpoint = textOf(env, `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) ?? textOf(env, "OTEL_EXPORTER_OTLP_ENDPOINT");
  const isGrpc = endpoint !== undefined && /:4317\/?$/.test(endpoint);
  return { value: isGrpc ? "grpc" : undefined, isMended: isGrpc };
}

function describeMended(signal: Signal): string {
  return (
    `The endpoint of ${signal.toLowerCase()} has port 4317, which speaks gRPC, and no protocol is set: ` +
    "grpc is used. Set OTEL_EXPORTER_OTLP_PROTOCOL to say otherwise"
  );
}

function checkWord(variable: string, value: string, words: readonly string[]): void {
  if (!words.includes(value)) throw new ConfigError(`${variable} must be of ${words.join(", ")}, not "${value}"`);
}

/** An empty variable counts as not set, as OpenTelemetry's own specification says. */
export function textOf(env: Environment, variable: string): string | undefined {
  const text = env[variable]?.trim();
  return text === "" ? undefined : text;
}

/** A whole number from `least` on. Throws a `ConfigError` for anything else. */
export function numberOf(env: Environment, variable: string, least = 0): number | undefined {
  const text = textOf(env, variable);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new ConfigError(`${variable} must be a whole number from ${least} on, not "${text}"`);
}
