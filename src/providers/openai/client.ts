import { HarnessError, importPeer } from "../../errors/index.ts";
import { keepAliveFetch } from "../../net/keep-alive-fetch.ts";
import {
  besideSdk,
  joinHeaders,
  openLate,
  throughSdk,
  toSdkHeaders,
  type HeaderSource,
  type LateWire,
  type RequestWire,
  type SdkClient,
  type SdkPostOptions,
} from "../shared/index.ts";

/** The part of the `openai` package's client that the adapters use; pass your own to share or configure it. */
export type OpenAIClient = SdkClient;

/** One request of `OpenAIClient`. */
export type OpenAIPostOptions = SdkPostOptions;

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

/** Makes the wire to one path of a server. */
export type WireOpener = (path: string) => LateWire;

/** Requests go through a client of the host. */
export function wireOf(client: OpenAIClient): WireOpener {
  return (path) => ({ open: () => undefined, send: throughSdk(client, path) });
}

/**
 * Opens a wire at the first call: the SDK's for a `fetch` of one's own and where the environment configures the SDK, else
 * one beside it. Throws code "credentials_missing" without a key, and "package_missing" without the package; both are
 * tried again at the next call.
 */
export function lazyWire(toSettings: () => ClientSettings): WireOpener {
  return (path) => openLate(() => openWire(toSettings(), path));
}

async function openWire(settings: ClientSettings, path: string): Promise<RequestWire> {
  const connection = toConnection(settings);
  const openClient = async (ownFetch: typeof fetch): Promise<SdkClient> =>
    await openSdk(settings, connection, ownFetch);
  if (needsSdk(settings)) return throughSdk(await openClient(settings.fetch ?? keepAliveFetch), path);
  const { VERSION } = await importPeer("openai", () => import("openai/version"));
  const { apiKey, organization, project, headers } = connection;
  return besideSdk({
    baseUrl: settings.baseUrl ?? "https://api.openai.com/v1",
    path: path + toQuery(settings.query),
    headers: joinHeaders([
      toSdkHeaders({ sdk: "OpenAI", version: VERSION }),
      { "openai-organization": organization, "openai-project": project, authorization: `Bearer ${apiKey}` },
      headers,
      { "content-type": "application/json" },
    ]),
    openClient,
  });
}

/** What a client and our own head are made of. */
interface Connection {
  readonly apiKey: string;
  readonly organization: string | null;
  readonly project: string | null;
  readonly headers: HeaderSource;
}

function toConnection(settings: ClientSettings): Connection {
  const env = settings.env ?? process.env;
  const apiKey = findKey(settings, env);
  return {
    // The SDK refuses to start without a key; where none is needed the header is taken out again.
    apiKey: apiKey ?? "none",
    organization: (settings.usesOpenAIAccount ? env["OPENAI_ORG_ID"] : undefined) ?? null,
    project: (settings.usesOpenAIAccount ? env["OPENAI_PROJECT_ID"] : undefined) ?? null,
    headers: toHeaders(settings, apiKey),
  };
}

async function openSdk(
  settings: ClientSettings,
  { headers, ...connection }: Connection,
  ownFetch: typeof fetch,
): Promise<SdkClient> {
  const { OpenAI } = await importPeer("openai", () => import("openai"));
  return new OpenAI({
    ...connection,
    baseURL: settings.baseUrl ?? null,
    // `null` keeps the SDK from reading OpenAI's variables itself and sending them to another vendor.
    adminAPIKey: null,
    webhookSecret: null,
    defaultHeaders: headers,
    defaultQuery: { ...settings.query },
    fetch: ownFetch,
    // A redirect would take the prompt, and a key in a header that fetch does not know as secret, to another host.
    fetchOptions: { redirect: "manual" },
    maxRetries: 0,
  });
}

/** What the SDK does besides sending: calling the host's `fetch`, logging, headers from the environment, odd addresses. */
function needsSdk({ fetch: ownFetch, baseUrl = "", query = {}, usesOpenAIAccount }: ClientSettings): boolean {
  if (ownFetch !== undefined || /[?#@]/.test(baseUrl)) return true;
  // The SDK's way of writing an address: what it would have to encode is left to it.
  if (
    Object.entries(query)
      .flat()
      .some((text) => !/^[\w.~-]+$/.test(text))
  )
    return true;
  if ((process.env["OPENAI_LOG"] ?? "") !== "") return true;
  return usesOpenAIAccount && (process.env["OPENAI_CUSTOM_HEADERS"] ?? "") !== "";
}

function toQuery(query: ClientSettings["query"] = {}): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
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

function toHeaders(settings: ClientSettings, apiKey: string | undefined): HeaderSource {
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
