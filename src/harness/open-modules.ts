import { systemClock } from "../async/index.ts";
import type { Budget, Check, Files, Guards, Hooks, Prices, ResultFilter, Sandbox } from "../spec/index.ts";
import { openConstraints } from "./open-constraints.ts";
import { openHooks } from "./open-hooks.ts";
import { openPolicy } from "./open-policy.ts";
import { openSandbox, type OpenedSandbox } from "./open-sandbox.ts";
import { openTelemetry } from "./open-telemetry.ts";
import type { OpenedTelemetry } from "./opened-telemetry.ts";
import { preloadRun } from "./preload-run.ts";
import type { Settings } from "./settings.ts";
import { toEntry } from "./to-catalogue-entry.ts";

/** The modules that all runs of a harness share. */
export interface Modules {
  readonly sandbox: Sandbox;
  /** Disposed with the harness; a sandbox of the host is not. */
  readonly ownsSandbox: boolean;
  readonly policy: Check;
  readonly risk: Check;
  readonly constraints: Check;
  readonly hooks: Hooks;
  readonly filters: readonly ResultFilter[];
  /** Takes secrets out of any text: the same redactor for results, streamed output and the audit log. */
  readonly redact: (text: string) => string;
  readonly files: Files;
  readonly fetch: typeof fetch;
  readonly prices: Prices;
  /** A tracker of the host, shared by all runs; limits are made into one for each session. */
  readonly budget: Budget | undefined;
  readonly guards: Guards | undefined;
  readonly policyFiles: readonly string[];
  readonly telemetry: OpenedTelemetry;
}

/** Opens the modules. What cannot be opened throws: the run refuses to start. */
export async function openModules(settings: Settings): Promise<Modules> {
  const { options } = settings;
  // Side by side: a sandbox waits for its processes most of the time.
  const opening = openTimedSandbox(settings);
  // It is looked at when the rest is there.
  opening.catch(() => {});
  const rest = await openRest(settings).catch(async (error: unknown) => {
    // A run that refuses to start leaves no container behind.
    await opening.then(({ sandbox, isOwn }) => (isOwn ? sandbox[Symbol.asyncDispose]() : undefined)).catch(() => {});
    throw error;
  });
  const { policy, filters, telemetry } = rest;
  preloadRun(settings);
  const { sandbox, files, isOwn, durationMs } = await opening;
  if (isOwn) telemetry.tracer?.measure({ type: "sandbox-start", mode: sandbox.mode, durationMs });
  const { budget } = options;
  return {
    sandbox,
    ownsSandbox: isOwn,
    policy: policy.check,
    constraints: openConstraints(settings, filters.findSecrets),
    risk: options.risk !== undefined && "check" in options.risk ? options.risk : policy.risk,
    hooks: rest.hooks,
    filters: filters.all,
    redact: filters.redact,
    files,
    fetch: rest.fetch,
    prices: rest.prices,
    budget: budget !== undefined && "reserve" in budget ? budget : undefined,
    guards: rest.guards,
    policyFiles: policy.files,
    telemetry,
  };
}

async function openTimedSandbox(settings: Settings): Promise<OpenedSandbox & { readonly durationMs: number }> {
  const { clock = systemClock } = settings.options;
  const startedAt = clock.monotonic();
  const opened = await openSandbox(settings);
  return { ...opened, durationMs: clock.monotonic() - startedAt };
}

/** What leaves nothing behind when something else cannot be opened. */
async function openRest(settings: Settings) {
  const [policy, filters, fetch, prices, hooks, telemetry, guards] = await Promise.all([
    openPolicy(settings),
    openFilters(settings),
    openFetch(settings),
    openPrices(settings),
    openHooks(settings),
    openTelemetry(settings),
    openGuards(settings),
  ]);
  return { policy, filters, fetch, prices, hooks, telemetry, guards };
}

async function openFilters({ options, env, config }: Settings): Promise<{
  readonly all: readonly ResultFilter[];
  readonly redact: Modules["redact"];
  readonly findSecrets: (text: string) => readonly string[];
}> {
  const { createInjectionFence, createRedactor } = await import("../filters/index.ts");
  const keys = [options.apiKey, ...[...config.providers.values()].map(({ apiKey }) => apiKey)];
  const redactor = createRedactor({ env, values: keys.filter((key) => key !== undefined) });
  return {
    all: [
      redactor,
      ...(options.filters ?? []),
      createInjectionFence(options.random === undefined ? {} : { random: options.random }),
    ],
    redact: (text) => redactor.redact(text).text,
    findSecrets: (text) => redactor.redact(text).findings.map(({ kind }) => kind),
  };
}

async function openFetch({ options }: Settings): Promise<typeof fetch> {
  const { createGuardedFetch } = await import("../net/guarded-fetch.ts");
  return createGuardedFetch(options.network ?? {});
}

/** What models cost: as the host says, else what is shipped with what the configuration adds. */
export async function openPrices({ options, config }: Settings): Promise<Prices> {
  if (options.prices !== undefined) return options.prices;
  const { createCatalogue } = await import("../catalogue/index.ts");
  const catalogue = createCatalogue();
  const models = [...config.models].map(([name, facts]) => toEntry(name, facts, catalogue));
  return models.length === 0 ? catalogue : catalogue.extend(models);
}

async function openGuards({ options: { guards, clock } }: Settings): Promise<Guards | undefined> {
  if (guards === undefined || "admit" in guards) return guards;
  const { createGuards } = await import("../guards/index.ts");
  return createGuards({ ...(clock === undefined ? {} : { clock }), ...guards });
}
