import { openSignalScope, raceSignal } from "../../async/index.ts";
import { keepAliveFetch } from "../../net/keep-alive-fetch.ts";
import { asArray, asObject, asString } from "../shared/index.ts";
import { toHost } from "./host.ts";
import type { Environment } from "./options.ts";

/** Options of `findOllama`. */
export interface FindOllamaOptions {
  /** @default the variable OLLAMA_HOST, else http://127.0.0.1:11434 */
  readonly baseUrl?: string;
  /** @default a `fetch` over keep-alive connections of `node:http(s)` */
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
  /** @default 300 */
  readonly timeoutMs?: number;
  /** @default process.env */
  readonly env?: Environment;
}

/** A server that answers. */
export interface FoundOllama {
  readonly baseUrl: string;
  /** Names of the models that it has, the one that was changed last first. */
  readonly models: readonly string[];
}

/** Looks for a running Ollama and its models. Never throws: what does not answer as Ollama does, in time, is not there. */
export async function findOllama(options: FindOllamaOptions = {}): Promise<FoundOllama | undefined> {
  const { timeoutMs = 300, env = process.env } = options;
  try {
    using scope = openSignalScope([options.signal], { timeoutMs });
    const baseUrl = toHost(options.baseUrl, env);
    const models = await raceSignal(listModels(baseUrl, options.fetch ?? keepAliveFetch, scope.signal), scope.signal);
    return models === undefined ? undefined : { baseUrl, models };
  } catch {
    return undefined;
  }
}

async function listModels(
  baseUrl: string,
  send: typeof fetch,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const response = await send(`${baseUrl}/api/tags`, { signal, redirect: "manual" });
  const body = asObject(JSON.parse(await response.text()));
  if (!response.ok || !Array.isArray(body?.["models"])) return undefined;
  return asArray(body["models"]).flatMap((entry) => {
    const model = asObject(entry);
    return asString(model?.["model"]) ?? asString(model?.["name"]) ?? [];
  });
}
