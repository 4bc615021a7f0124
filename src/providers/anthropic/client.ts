import { HarnessError, importPeer } from "../../errors/index.ts";
import { keepAliveFetch } from "../../net/index.ts";
import type { AnthropicClient, AnthropicOptions } from "./options.ts";

/**
 * Makes the SDK's client at the first call and keeps it. Throws code "credentials_missing" without a key and
 * "package_missing" without the package; both are tried again at the next call.
 */
export function lazyClient(options: AnthropicOptions): () => Promise<AnthropicClient> {
  let pending: Promise<AnthropicClient> | undefined;
  return () => {
    pending ??= openClient(options).catch((error: unknown) => {
      pending = undefined;
      throw error;
    });
    return pending;
  };
}

async function openClient(options: AnthropicOptions): Promise<AnthropicClient> {
  if (options.client !== undefined) return options.client;
  const env = options.env ?? process.env;
  const credentials = findCredentials(options, env);
  const { Anthropic } = await importPeer("@anthropic-ai/sdk", () => import("@anthropic-ai/sdk"));
  return new Anthropic({
    ...credentials,
    // An empty text keeps the SDK from reading the variable itself: `env` decides.
    baseURL: options.baseUrl ?? env["ANTHROPIC_BASE_URL"] ?? "",
    defaultHeaders: { ...options.headers },
    fetch: options.fetch ?? keepAliveFetch,
    // A redirect would take the prompt to another host.
    fetchOptions: { redirect: "manual" },
    maxRetries: 0,
  });
}

function findCredentials(
  { apiKey }: AnthropicOptions,
  env: Readonly<Record<string, string | undefined>>,
): { readonly apiKey: string } | { readonly authToken: string } {
  const key = nonEmpty(apiKey) ?? nonEmpty(env["ANTHROPIC_API_KEY"]);
  if (key !== undefined) return { apiKey: key };
  const authToken = nonEmpty(env["ANTHROPIC_AUTH_TOKEN"]);
  if (authToken !== undefined) return { authToken };
  throw new HarnessError("No API key for Anthropic: set the environment variable ANTHROPIC_API_KEY or pass apiKey", {
    code: "credentials_missing",
  });
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}
