import { HarnessError } from "../errors/index.ts";

/** Which model will be used, and what said so. */
export interface ProviderChoice {
  readonly provider: string;
  /** `undefined`: the provider's default. */
  readonly model: string | undefined;
  readonly source: "options" | "env" | "config" | "key" | "ollama";
}

/** A provider and a model, as far as one place names them. */
export interface NamedModel {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

/** Where a choice may come from. */
export interface ProviderSources {
  readonly options: NamedModel;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: NamedModel;
  /** The provider of a model id that the catalogue knows. */
  readonly providerOf: (model: string) => string | undefined;
  /** Looks for a local Ollama; called only when nothing else is there. */
  readonly findOllama: () => Promise<{ readonly model: string | undefined } | undefined>;
}

/** Keys in the order in which they are looked for. */
export const PROVIDER_KEYS: readonly (readonly [variable: string, provider: string])[] = [
  ["ANTHROPIC_API_KEY", "anthropic"],
  ["OPENAI_API_KEY", "openai"],
  ["GEMINI_API_KEY", "google"],
  ["GOOGLE_API_KEY", "google"],
  ["GROQ_API_KEY", "groq"],
  ["DEEPSEEK_API_KEY", "deepseek"],
  ["MISTRAL_API_KEY", "mistral"],
  ["OPENROUTER_API_KEY", "openrouter"],
  ["XAI_API_KEY", "xai"],
];

/** Beginnings of ids that only one vendor has: for models newer than the catalogue. */
const PREFIXES: readonly (readonly [prefix: RegExp, provider: string])[] = [
  [/^claude-/, "anthropic"],
  [/^(gpt-|o\d|codex-|chatgpt-)/, "openai"],
  [/^gemini-/, "google"],
  [/^grok-/, "xai"],
  [/^deepseek-/, "deepseek"],
  [/^(mistral|codestral|magistral|devstral|ministral)-/, "mistral"],
];

/**
 * Chooses provider and model: options, then `HARNESS_PROVIDER` and `HARNESS_MODEL`, then the configuration, then
 * whichever key is there, then a local Ollama. Throws code "credentials_missing" when nothing is there.
 */
export async function chooseProvider(sources: ProviderSources): Promise<ProviderChoice> {
  const { options, env, config } = sources;
  const named: readonly [ProviderChoice["source"], NamedModel][] = [
    ["options", options],
    ["env", { provider: env["HARNESS_PROVIDER"], model: env["HARNESS_MODEL"] }],
    ["config", config],
  ];
  // A place that names the provider or the model decides; a lower one adds what it left out if that belongs together.
  for (const [index, [source, { provider, model }]] of named.entries()) {
    if (provider === undefined && model === undefined) continue;
    if (provider !== undefined) {
      const lower = named.slice(index + 1).find(([, other]) => other.provider === provider)?.[1].model;
      return { provider, model: model ?? lower, source };
    }
    if (model !== undefined) return { ...splitModel(model, sources), source };
  }
  const found = PROVIDER_KEYS.find(([variable]) => (env[variable] ?? "") !== "");
  if (found !== undefined) return { provider: found[1], model: undefined, source: "key" };
  const ollama = await sources.findOllama();
  if (ollama !== undefined) return { provider: "ollama", model: ollama.model, source: "ollama" };
  throw new HarnessError(
    `No model to run on: pass model or provider, set ${PROVIDER_KEYS.slice(0, 3)
      .map(([variable]) => variable)
      .join(", ")} ` + "or another provider's key, or start Ollama",
    { code: "credentials_missing" },
  );
}

/** The provider of a model id: written before it, known to the catalogue, or told by its beginning. */
export function splitModel(
  model: string,
  { providerOf }: Pick<ProviderSources, "providerOf">,
): { readonly provider: string; readonly model: string } {
  const known = providerOf(model);
  if (known !== undefined) return { provider: known, model };
  const slash = model.indexOf("/");
  if (slash > 0) return { provider: model.slice(0, slash), model: model.slice(slash + 1) };
  const guessed = PREFIXES.find(([prefix]) => prefix.test(model))?.[1];
  if (guessed !== undefined) return { provider: guessed, model };
  throw new HarnessError(
    `Nobody knows which provider has the model "${model}": pass provider too, or write it as "provider/${model}"`,
    { code: "model_not_found" },
  );
}
