import { loadOnce } from "../async/index.ts";
import type { HarnessConfig } from "../config/index.ts";
import type { RouterOptions } from "../router/index.ts";
import type { Model, ModelInfo, Prices } from "../spec/index.ts";
import { chooseProvider, splitModel, type NamedModel, type ProviderChoice } from "./choose-provider.ts";
import { assertProvider, createModel } from "./create-model.ts";
import { hasCredentials } from "./credentials.ts";
import { readModelName } from "./read-model-name.ts";
import type { RunOptions } from "./run-options.ts";
import type { Settings } from "./settings.ts";

const loadReliable = loadOnce(() => import("../router/reliable-model.ts"));
const loadRouter = loadOnce(() => import("../router/router.ts"));

/** The model of a run, with retry and time limits around it. */
export interface OpenedModel {
  readonly model: Model;
  readonly source: ProviderChoice["source"];
  /** What is known of any model that may answer. */
  readonly infoOf: (model: { readonly provider: string; readonly id: string }) => ModelInfo | undefined;
}

/** Puts the retry and time limits of a run around a model. */
export function openModel(
  { model, source, candidates, reliableModel }: FoundModel,
  { settings, options, prices }: Surroundings,
): OpenedModel {
  const { clock, random, retry, timeouts = {} } = options;
  const { firstChunkMs, chunkMs } = { ...settings.config.timeouts, ...timeouts };
  const limits = {
    ...retry,
    ...(clock === undefined ? {} : { clock }),
    ...(random === undefined ? {} : { random }),
    ...(firstChunkMs === undefined ? {} : { firstChunkMs }),
    ...(chunkMs === undefined ? {} : { chunkMs }),
  };
  return {
    model: reliableModel(model, limits),
    source,
    infoOf: rememberInfo(
      ({ provider, id }) =>
        candidates.find((known) => known.provider === provider && known.id === id)?.info ??
        prices.findModel(id, provider),
    ),
  };
}

/** Every turn asks several times for the same model, or one of a few; what is known of it stays the same during a run. */
function rememberInfo(find: OpenedModel["infoOf"]): OpenedModel["infoOf"] {
  const known: { readonly provider: string; readonly id: string; readonly info: ModelInfo | undefined }[] = [];
  return ({ provider, id }) => {
    for (const one of known) if (one.id === id && one.provider === provider) return one.info;
    const info = find({ provider, id });
    known.push({ provider, id, info });
    return info;
  };
}

/** A model, what chose it, and what makes it a reliable one. */
export interface FoundModel extends ChosenModel {
  readonly reliableModel: typeof import("../router/index.ts").reliableModel;
}

interface ChosenModel {
  readonly model: Model;
  readonly source: ProviderChoice["source"];
  /** Every model that may answer, the chosen one too. */
  readonly candidates: readonly Model[];
}

/** Finds the model that options, environment, configuration or a key ask for. */
export async function findModel(settings: Settings, options: RunOptions, prices: Prices): Promise<FoundModel> {
  const chosen = await chooseModel(settings, options, prices);
  const { reliableModel } = await loadReliable();
  return { ...chosen, reliableModel };
}

async function chooseModel(settings: Settings, options: RunOptions, prices: Prices): Promise<ChosenModel> {
  const { router, model } = options;
  if (router !== undefined && !("stream" in router)) {
    const { Router } = await loadRouter();
    return { model: new Router({ prices, ...router }), source: "options", candidates: router.models };
  }
  const given = router ?? model;
  if (typeof given === "object") return { model: given, source: "options", candidates: membersOf(given) };
  const choice = await readChoice(settings, options, prices);
  const first = await openNamed(choice, { settings, options, prices });
  const { source } = choice;
  const models = await openChain(first, { settings, options, prices });
  const { strategy, fallbackChain, simpleTaskModel: simpleName } = settings.config.router;
  if (strategy === undefined && fallbackChain === undefined) return { model: first, source, candidates: [first] };
  const { Router } = await loadRouter();
  const simpleTaskModel = simpleName === undefined ? undefined : resolveId(simpleName, prices);
  const routed: RouterOptions = {
    models,
    prices,
    ...(strategy === undefined ? {} : { strategy }),
    fallbackChain: models.filter((candidate) => candidate.id !== simpleTaskModel || candidate === first),
    ...(simpleTaskModel === undefined ? {} : { simpleTaskModel }),
  };
  return { model: new Router(routed), source, candidates: models };
}

/** The models that a model is made of, as far as it tells; itself otherwise. */
function membersOf(model: Model & { readonly models?: readonly Model[] }): readonly Model[] {
  return model.models ?? [model];
}

/** A slip of the pen in the configuration's model is told with its place. */
async function readChoice(settings: Settings, options: RunOptions, prices: Prices): Promise<ProviderChoice> {
  const read = (): Promise<ProviderChoice> => choose(settings, options, prices);
  const { provider, model } = settings.config.defaults;
  const isConfigured = provider === undefined && settings.loaded.positions.has("defaults.model");
  if (model === undefined || !isConfigured || options.provider !== undefined || options.model !== undefined)
    return await read();
  return await readModelName(model, { key: "defaults.model", settings, read });
}

async function choose(settings: Settings, options: RunOptions, prices: Prices): Promise<ProviderChoice> {
  const { provider, model } = options;
  const { env, config } = settings;
  return await chooseProvider({
    options: { provider, model: typeof model === "string" ? model : undefined },
    env: { ...keysOf(config), ...env },
    config: config.defaults,
    providerOf: (id) => prices.findModel(id)?.provider,
    async findOllama() {
      const { findOllama } = await import("../providers/ollama/index.ts");
      const baseUrl = options.baseUrl ?? config.providers.get("ollama")?.baseUrl;
      const found = await findOllama({
        env,
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
      });
      return found === undefined ? undefined : { model: found.models[0] };
    },
  });
}

/** Keys of the configuration, under the names of their variables, so that they count where the environment has none. */
function keysOf(config: Pick<HarnessConfig, "providers">): Readonly<Record<string, string>> {
  const named = [...config.providers].flatMap(([name, { apiKey }]) =>
    apiKey === undefined ? [] : [[`${name.toUpperCase().replaceAll("-", "_")}_API_KEY`, apiKey] as const],
  );
  return Object.fromEntries(named);
}

/** What models are opened with. */
export interface Surroundings {
  readonly settings: Settings;
  readonly options: RunOptions;
  readonly prices: Prices;
}

async function openNamed(
  { provider, model }: NamedModel & { readonly provider: string },
  { settings, options, prices }: Surroundings,
): Promise<Model> {
  const { env, config } = settings;
  // Before anything is said about a model: a provider that is not known has none.
  assertProvider(provider);
  const section = config.providers.get(provider) ?? {};
  const { defaultModel } = await import("../catalogue/index.ts");
  const id = model ?? section.model ?? defaultModel(provider);
  if (id === undefined) {
    throw new TypeError(`Provider "${provider}" has no default model: pass model`);
  }
  const apiKey = options.apiKey ?? section.apiKey;
  const baseUrl = options.baseUrl ?? section.baseUrl;
  const info = prices.findModel(id, provider);
  return await createModel(
    { provider },
    {
      model: info?.id ?? id,
      env,
      ...(info === undefined ? {} : { info }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    },
  );
}

/** The chosen model and those of the configuration that can answer: a provider without a key is no fallback. */
async function openChain(first: Model, surroundings: Surroundings): Promise<readonly Model[]> {
  const { settings, prices } = surroundings;
  const { fallbackChain = [], simpleTaskModel } = settings.config.router;
  const models = [first];
  const simple = simpleTaskModel === undefined ? [] : [["router.simple_task_model", simpleTaskModel] as const];
  for (const [key, entry] of [...simple, ...fallbackChain.map((name) => ["router.fallback_chain", name] as const)]) {
    // A slip of the pen must not look like a provider without a key.
    const named = await readModelName(entry, { key, settings, read: () => toNamed(entry, prices) });
    if (models.some((model) => model.provider === named.provider && (named.model ?? model.id) === model.id)) continue;
    const isSame = named.provider === first.provider;
    if (!isSame && !hasCredentials(named.provider, settings)) {
      settings.log(`${named.provider} is left out of the chain of models: there is no key for it`);
      continue;
    }
    // Another provider's address and key are not for this one: only its own section counts.
    const { apiKey: _key, baseUrl: _url, ...options } = surroundings.options;
    models.push(await openNamed(named, isSame ? surroundings : { ...surroundings, options }));
  }
  return models;
}

function toNamed(entry: string, prices: Prices): NamedModel & { readonly provider: string } {
  const known = prices.findModel(entry);
  if (known !== undefined) return { provider: known.provider, model: known.id };
  if (!/[-/.\d]/.test(entry)) return { provider: entry };
  return splitModel(entry, { providerOf: () => undefined });
}

function resolveId(id: string, prices: Prices): string {
  return prices.findModel(id)?.id ?? id;
}
