import { HarnessError, importPeer } from "../../errors/index.ts";
import { keepAliveFetch } from "../../net/keep-alive-fetch.ts";
import { besideSdk, joinHeaders, throughSdk, toSdkHeaders, type RequestWire, type SdkClient } from "../shared/index.ts";
import type { AnthropicOptions } from "./options.ts";

const PATH = "/v1/messages";

/** Pinned, as all of the head, by a test that compares our requests with the installed SDK's. */
const API_VERSION = "2026-10-21";

/**
 * Opens the wire that requests go through: the SDK's for a client or a `fetch` of one's own and where the environment
 * configures the SDK, else one beside it. Throws code "credentials_missing" without a key and "package_missing" without
 * the package.
 */
export async function openWire(options: AnthropicOptions): Promise<RequestWire> {
  if (options.client !== undefined) return throughSdk(options.client, PATH);
  const env = options.env ?? process.env;
  const credentials = findCredentials(options, env);
  const baseUrl = options.baseUrl ?? env["ANTHROPIC_BASE_URL"] ?? "";
  const openClient = async (ownFetch: typeof fetch): Promise<SdkClient> => {
    const { Anthropic } = await importPeer("@anthropic-ai/sdk", () => import("@anthropic-ai/sdk"));
    return new Anthropic({
      ...credentials,
      // An empty text keeps the SDK from reading the variable itself: `env` decides.
      baseURL: baseUrl,
      defaultHeaders: { ...options.headers },
      fetch: ownFetch,
      // A redirect would take the prompt to another host.
      fetchOptions: { redirect: "manual" },
      maxRetries: 0,
    });
  };
  if (needsSdk(options, baseUrl)) return throughSdk(await openClient(options.fetch ?? keepAliveFetch), PATH);
  const { VERSION } = await importPeer("@anthropic-ai/sdk", () => import("@anthropic-ai/sdk/version"));
  const own = {
    "x-stainless-timeout": "600",
    "anthropic-version": API_VERSION,
    authorization: `Bearer ${credentials.apiKey ?? credentials.authToken}`,
  };
  return besideSdk({
    baseUrl: baseUrl === "" ? "https://api.anthropic.com" : baseUrl,
    path: PATH,
    headers: joinHeaders([
      toSdkHeaders({ sdk: "Anthropic", version: VERSION }),
      own,
      { ...options.headers },
      { "content-type": "application/json" },
    ]),
    openClient,
  });
}

/** What the SDK does besides sending: calling the host's `fetch`, logging, headers from the environment, odd addresses. */
function needsSdk(options: AnthropicOptions, baseUrl: string): boolean {
  if (options.fetch !== undefined || /[?#@]/.test(baseUrl)) return true;
  return ["ANTHROPIC_LOG", "ANTHROPIC_CUSTOM_HEADERS"].some((name) => nonEmpty(process.env[name]) !== undefined);
}

interface Credentials {
  readonly apiKey?: string;
  readonly authToken?: string;
}

function findCredentials({ apiKey }: AnthropicOptions, env: Readonly<Record<string, string | undefined>>): Credentials {
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
