import { suggestName } from "../../errors/index.ts";
import type { Model, ModelInfo } from "../../spec/index.ts";
import { checkModelId } from "../shared/index.ts";
import { compatibleDialect, type ChatDialect } from "../openai/chat-dialect.ts";
import { createChatModel } from "../openai/chat-model.ts";
import { lazyWire, wireOf, type Environment, type OpenAIClient, type WireOpener } from "../openai/client.ts";
import { compatiblePresets, type CompatiblePreset, type CompatiblePresetName } from "./presets.ts";

/** Options of `openaiCompatible` that hold for every server. */
export interface CompatibleOptions {
  /** The server's id of the model. */
  readonly model: string;
  /** The server's address up to the part before `/chat/completions`. @default the preset's */
  readonly baseUrl?: string;
  /** @default the environment variable `apiKeyEnv`; no key is sent where there is neither */
  readonly apiKey?: string;
  /** The environment variable of the key, which must then be set. @default the preset's */
  readonly apiKeyEnv?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Added to the address of every request. */
  readonly query?: Readonly<Record<string, string>>;
  /** @default a `fetch` over keep-alive connections of `node:http(s)` */
  readonly fetch?: typeof fetch;
  /** Output limit of requests that set none. @default the model's own */
  readonly maxOutputTokens?: number;
  readonly info?: ModelInfo;
  /** Read at the first call. @default process.env */
  readonly env?: Environment;
  /** A client of the `openai` package, instead of one that is made of the options above. */
  readonly client?: OpenAIClient;
  /** Where the server differs from its preset. */
  readonly dialect?: Partial<ChatDialect>;
}

/** Options of `openaiCompatible`: a preset, or a server of one's own by `baseUrl`. */
export interface OpenAICompatibleOptions extends CompatibleOptions {
  /** A vendor whose address, key variable and peculiarities are known. */
  readonly preset?: Exclude<CompatiblePresetName, "azure">;
  /**
   * The vendor's name for records and prices; the name of a preset chooses that preset too.
   * @default the preset's name, else "openai-compatible"
   */
  readonly provider?: string;
}

const UNKNOWN_SERVER: CompatiblePreset = { baseUrl: undefined, apiKeyEnv: undefined, dialect: compatibleDialect };

/**
 * A model behind any server that speaks OpenAI's Chat Completions. Throws a `TypeError` for an unknown preset and for a
 * missing address; the first call throws code "credentials_missing" or "package_missing".
 *
 * @example
 * ```ts
 * import { openaiCompatible } from "harness-agent/providers/openai-compatible";
 *
 * const model = openaiCompatible({ provider: "local", baseUrl: "http://localhost:8000/v1", model: "qwen3" });
 * console.log(model.provider);
 * ```
 */
export function openaiCompatible(options: OpenAICompatibleOptions): Model {
  checkModelId(options.model, "openaiCompatible");
  const preset = findPreset(options);
  const baseUrl = options.baseUrl ?? preset.baseUrl;
  if (baseUrl === undefined) throw new TypeError("openaiCompatible: pass baseUrl or the name of a preset");
  const provider = options.provider ?? options.preset ?? "openai-compatible";
  return createChatModel({
    provider,
    id: options.model,
    info: options.info,
    maxOutputTokens: options.maxOutputTokens,
    dialect: { ...preset.dialect, ...options.dialect },
    wire: openWire({ ...options, provider, baseUrl }, preset),
  });
}

function findPreset({ preset, provider }: OpenAICompatibleOptions): CompatiblePreset {
  const presets = Object.entries(compatiblePresets).filter(([name]) => name !== "azure");
  const found = presets.find(([name]) => name === (preset ?? provider));
  if (found !== undefined) return found[1];
  if (preset === undefined) return UNKNOWN_SERVER;
  const names = presets.map(([name]) => name);
  const hint = String(preset) === "azure" ? " Use azure({ endpoint, deployment })." : suggestName(preset, names);
  throw new TypeError(`openaiCompatible: there is no preset ${JSON.stringify(preset)}.${hint}`);
}

function openWire(
  options: CompatibleOptions & { readonly provider: string; readonly baseUrl: string },
  preset: CompatiblePreset,
): WireOpener {
  const { client, provider, baseUrl } = options;
  if (client !== undefined) return wireOf(client);
  return lazyWire(() => ({
    provider,
    baseUrl,
    apiKey: options.apiKey,
    apiKeyEnv: options.apiKeyEnv ?? preset.apiKeyEnv,
    usesOpenAIAccount: false,
    headers: options.headers,
    query: options.query,
    fetch: options.fetch,
    env: options.env,
  }));
}
