import { HarnessError, importPeer } from "../../errors/index.ts";
import { keepAliveFetch } from "../../net/keep-alive-fetch.ts";

/** The part of the `openai` package's client that the adapters use; pass your own to share or configure it. */
export interface OpenAIClient {
  post(path: string, options: OpenAIPostOptions): { asResponse(): Promise<Response> };
}

/** One request of `OpenAIClient`. */
export interface OpenAIPostOptions {
  readonly body: Uint8Array;
  readonly headers: Record<string, string>;
  readonly stream: true;
  readonly maxRetries: 0;
  readonly signal: AbortSignal;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a client connects, and as whom. */
export interface ClientSettings {
  readonly provider: string;
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
  /** Where the key is looked up when none was given. Left out: the server needs no key. */
  readonly apiKeyEnv: string | undefined;
  /** How the key travels. @default "bearer" */
  readonly keyHeader?: "bearer" | "api-key";
  /** OpenAI's own account variables (organization, project, extra headers) apply; never for other vendors. */
  readonly usesOpenAIAccount: boolean;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly fetch: typeof fetch | undefined;
  readonly env: Environment | undefined;
}

/**
 * Makes the SDK's client at the first call and keeps it. Throws code "credentials_missing" without a key, and
 * "package_missing" without the package; both are tried again at the next call.
 */
export function lazyClient(toSettings: () => ClientSettings): () => Promise<OpenAIClient> {
  let pending: Promise<OpenAIClient> | undefined;
  return () => {
    pending ??= openClient(toSettings).catch((error: unknown) => {
      pending = undefined;
      throw error;
    });
    return pending;
  };
}

async function openClient(toSettings: () => ClientSettings): Promise<OpenAIClient> {
  const settings = toSettings();
  const env = settings.env ?? process.env;
  const apiKey = findKey(settings, env);
  const { OpenAI } = await importPeer("openai", () => import("openai"));
  return new OpenAI({
    baseURL: settings.baseUrl ?? null,
    // The SDK refuses to start without a key; where none is needed the header is taken out again.
    apiKey: apiKey ?? "none",
    // `null` keeps the SDK from reading OpenAI's variables itself and sending them to another vendor.
    adminAPIKey: null,
    webhookSecret: null,
    organization: (settings.usesOpenAIAccount ? env["OPENAI_ORG_ID"] : undefined) ?? null,
    project: (settings.usesOpenAIAccount ? env["OPENAI_PROJECT_ID"] : undefined) ?? null,
    defaultHeaders: toHeaders(settings, apiKey),
    defaultQuery: { ...settings.query },
    fetch: settings.fetch ?? keepAliveFetch,
    // A redirect would take the prompt, and a key in a header that fetch does not know as secret, to another host.
    fetchOptions: { redirect: "manual" },
    maxRetries: 0,
  });
}

function findKey(settings: ClientSettings, env: Environment): string | undefined {
  const { provider, apiKeyEnv } = settings;
  if (settings.apiKey !== undefined && settings.apiKey !== "") return settings.apiKey;
  if (apiKeyEnv === undefined) return undefined;
  const found = env[apiKeyEnv];
  if (found !== undefined && found !== "") return found;
  throw new HarnessError(`No API key for ${provider}: set the environment variable ${apiKeyEnv} or pass apiKey`, {
    code: "credentials_missing",
  });
}

function toHeaders(settings: ClientSettings, apiKey: string | undefined): Record<string, string | null> {
  const headers: Record<string, string | null> = {};
  if (!settings.usesOpenAIAccount) {
    for (const name of namesOfCustomHeaders()) headers[name] = null;
  }
  if (apiKey === undefined || settings.keyHeader === "api-key") headers["authorization"] = null;
  if (apiKey !== undefined && settings.keyHeader === "api-key") headers["api-key"] = apiKey;
  for (const [name, value] of Object.entries(settings.headers ?? {})) headers[name.toLowerCase()] = value;
  return headers;
}

/** The SDK adds the headers of this variable to every client; they are meant for OpenAI alone. */
function namesOfCustomHeaders(): string[] {
  const lines = process.env["OPENAI_CUSTOM_HEADERS"]?.split("\n") ?? [];
  return lines.flatMap((line) => (line.includes(":") ? [line.slice(0, line.indexOf(":")).trim().toLowerCase()] : []));
}
