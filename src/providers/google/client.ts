import { HarnessError, importPeer } from "../../errors/index.ts";
import { PROVIDER } from "./provider.ts";
import type { GenAIClient, GenerativeAIClient, GoogleOptions } from "./options.ts";
import { toSdkFetch } from "./sdk-fetch.ts";
import type { WireRequest } from "./to-request.ts";

/** Sends a request and gives the chunks of its answer. */
export type OpenStream = (request: WireRequest, signal: AbortSignal) => Promise<AsyncIterable<unknown>>;

/**
 * Makes the way to the API at the first call and keeps it. Throws code "credentials_missing" without a key and
 * "package_missing" without the package; both are tried again at the next call.
 */
export function lazyStream(options: GoogleOptions): OpenStream {
  const { client } = options;
  if (client !== undefined && "getGenerativeModel" in client) return overGenerativeAI(client, options);
  if (client !== undefined) return overGenAI(client, options);
  let pending: Promise<OpenStream> | undefined;
  return async (request, signal) => {
    pending ??= openClient(options).catch((error: unknown) => {
      pending = undefined;
      throw error;
    });
    return (await pending)(request, signal);
  };
}

async function openClient(options: GoogleOptions): Promise<OpenStream> {
  const env = options.env ?? process.env;
  const apiKey = options.apiKey || env["GEMINI_API_KEY"] || env["GOOGLE_API_KEY"];
  if (apiKey === undefined || apiKey === "") {
    throw new HarnessError("No API key for Google: set the environment variable GEMINI_API_KEY or pass apiKey", {
      code: "credentials_missing",
    });
  }
  const { GoogleGenAI } = await importPeer("@google/genai", () => import("@google/genai"));
  // Whatever is left out the SDK reads from the environment of the process by itself: `env` decides.
  const baseUrl = options.baseUrl || env["GOOGLE_GEMINI_BASE_URL"] || "https://generativelanguage.googleapis.com";
  const { apiVersion = "v1beta", headers } = options;
  const httpOptions = {
    baseUrl,
    apiVersion,
    fetch: toSdkFetch(options.fetch),
    ...(headers !== undefined && { headers: { ...headers } }),
  };
  const client = new GoogleGenAI({ apiKey, enterprise: false, httpOptions });
  return overGenAI(client, { model: options.model });
}

/** Over `@google/genai`, whose own retries, continuations and calls of functions stay off. */
function overGenAI(client: GenAIClient, options: GoogleOptions): OpenStream {
  const { model, baseUrl, apiVersion, headers } = options;
  const httpOptions = {
    ...(baseUrl !== undefined && { baseUrl }),
    ...(apiVersion !== undefined && { apiVersion }),
    ...(headers !== undefined && { headers: { ...headers } }),
    ...(options.fetch !== undefined && { fetch: toSdkFetch(options.fetch) }),
  };
  return ({ contents, generationConfig, settings }, signal) =>
    client.models.generateContentStream({
      model,
      contents,
      config: {
        ...generationConfig,
        ...settings,
        abortSignal: signal,
        automaticContinuation: false,
        automaticFunctionCalling: { disable: true },
        ...(Object.keys(httpOptions).length > 0 && { httpOptions }),
      },
    });
}

/** Over `@google/generative-ai`, which passes on what it does not know, in both directions. */
function overGenerativeAI(client: GenerativeAIClient, options: GoogleOptions): OpenStream {
  if (options.fetch !== undefined) {
    throw new TypeError(
      `${PROVIDER}: a client of @google/generative-ai always uses the global fetch; leave fetch out or pass a client of @google/genai`,
    );
  }
  const { model: id, baseUrl, apiVersion, headers } = options;
  const model = client.getGenerativeModel(
    { model: id },
    {
      ...(baseUrl !== undefined && { baseUrl }),
      ...(apiVersion !== undefined && { apiVersion }),
      ...(headers !== undefined && { customHeaders: { ...headers } }),
    },
  );
  return async ({ contents, generationConfig, settings }, signal) => {
    const request = { contents, generationConfig, ...settings };
    // The SDK's types are older than the API; it sends the request as it is.
    const { stream, response } = await model.generateContentStream(request as typeof request & { contents: never[] }, {
      signal,
    });
    // The same answer a second time: its failure is the stream's, and nobody else looks at it.
    response.catch(() => {});
    return stream;
  };
}
