import type { Model, ModelInfo } from "../../spec/index.ts";
import { checkModelId } from "../shared/index.ts";
import { openaiDialect } from "./chat-dialect.ts";
import { createChatModel } from "./chat-model.ts";
import { lazyWire, wireOf, type Environment, type OpenAIClient, type WireOpener } from "./client.ts";
import { readModelTraits } from "./model-traits.ts";
import { createResponsesModel } from "./responses-model.ts";

/** Options of `openai`. */
export interface OpenAIOptions {
  /** OpenAI's id of the model. */
  readonly model: string;
  /** @default "responses" */
  readonly api?: "responses" | "chat";
  /** @default the environment variable OPENAI_API_KEY */
  readonly apiKey?: string;
  /** @default the environment variable OPENAI_BASE_URL, else OpenAI's own address */
  readonly baseUrl?: string;
  /** @default a `fetch` over keep-alive connections of `node:http(s)` */
  readonly fetch?: typeof fetch;
  readonly headers?: Readonly<Record<string, string>>;
  /** Output limit of requests that set none. @default the model's own */
  readonly maxOutputTokens?: number;
  readonly info?: ModelInfo;
  /** Read at the first call. @default process.env */
  readonly env?: Environment;
  /** A client of the `openai` package, instead of one that is made of the options above. */
  readonly client?: OpenAIClient;
  /** Whether the model reasons. @default judged by its id */
  readonly isReasoningModel?: boolean;
  /** The summary of reasoning to ask for, where an effort is asked for; OpenAI gives it to verified organizations. @default "auto" */
  readonly reasoningSummary?: "auto" | "concise" | "detailed" | false;
}

/**
 * A model of OpenAI, over the Responses API (stateless: nothing is stored, reasoning travels encrypted with the history)
 * or Chat Completions. The package `openai` must be installed; it is loaded where its client is needed: a `fetch` of one's
 * own, a failure. The first call throws code "package_missing" or "credentials_missing".
 *
 * @example
 * ```ts
 * import { openai } from "harness-agent/providers/openai";
 *
 * const model = openai({ model: "gpt-5.5" });
 * console.log(model.provider);
 * ```
 */
export function openai(options: OpenAIOptions | string): Model {
  const settings = typeof options === "string" ? { model: options } : options;
  checkModelId(settings.model, "openai");
  const { model: id, api = "responses", maxOutputTokens, info, reasoningSummary = "auto" } = settings;
  const guessed = readModelTraits(id);
  const traits = { ...guessed, reasons: settings.isReasoningModel ?? guessed.reasons };
  const wire = openWire(settings);
  const shared = { provider: "openai", id, info, maxOutputTokens, wire };
  switch (api) {
    case "responses":
      return createResponsesModel({ ...shared, traits, reasoningSummary });
    case "chat":
      return createChatModel({ ...shared, dialect: openaiDialect(traits) });
    default:
      throw new TypeError(`openai: api must be "responses" or "chat", not ${JSON.stringify(api satisfies never)}`);
  }
}

function openWire(settings: OpenAIOptions): WireOpener {
  const { client } = settings;
  if (client !== undefined) return wireOf(client);
  return lazyWire(() => {
    const env = settings.env ?? process.env;
    return {
      provider: "openai",
      baseUrl: settings.baseUrl ?? (env["OPENAI_BASE_URL"] || undefined),
      apiKey: settings.apiKey,
      apiKeyEnv: "OPENAI_API_KEY",
      usesOpenAIAccount: true,
      headers: settings.headers,
      fetch: settings.fetch,
      env,
    };
  });
}
