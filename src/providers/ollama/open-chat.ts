import { importPeer } from "../../errors/index.ts";
import { keepAliveFetch } from "../../net/keep-alive-fetch.ts";
import { mendBody, parseObject, truncatedStream } from "../shared/index.ts";
import { toHost } from "./host.ts";
import type { Environment, OllamaOptions } from "./options.ts";
import { PROVIDER } from "./provider.ts";
import type { WireRequest } from "./to-request.ts";

/**
 * Sends a request through the client of the package `ollama` and gives the bytes of its answer. The package makes the
 * request (path, headers, images); it does not read the answer, since it would print a line that is no JSON to the
 * console and leave it out. Each request has a client of its own, so that nothing is shared that would have to be
 * aborted together.
 */
export async function openChat(
  options: OllamaOptions,
  request: WireRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { Ollama } = await importPeer("ollama", () => import("ollama"));
  const send = options.fetch ?? keepAliveFetch;
  const env = options.env ?? process.env;
  const host = toHost(options.baseUrl, env);
  let answer: Response | undefined;
  const client = new Ollama({
    host,
    headers: toHeaders(options, host, env),
    fetch: async (input, init) => {
      const response = await send(input, { ...init, ...mendBody(init), signal, redirect: "manual" });
      // The package prints on such an answer too, and drops its headers.
      if (!response.ok) throw await toFailure(response, options.model);
      answer = response;
      return new Response("");
    },
  });
  await client.chat(request);
  if (answer?.body === undefined || answer.body === null) throw truncatedStream(PROVIDER, "the answer has no body");
  return answer.body;
}

function toHeaders({ apiKey, headers }: OllamaOptions, host: string, env: Environment): Record<string, string> {
  const isVendor = /^https:\/\/(?:[\w-]+\.)*ollama\.com(?::443)?(?:\/|$)/.test(host);
  const key = apiKey || (isVendor ? env["OLLAMA_API_KEY"] : undefined);
  return { ...(key !== undefined && key !== "" && { authorization: `Bearer ${key}` }), ...headers };
}

/** The failure in the form that `toProviderError` reads. */
async function toFailure(response: Response, model: string): Promise<Error> {
  const { status, headers } = response;
  const text = await response.text();
  const told = parseObject(text)?.["error"];
  const message = typeof told === "string" ? told : text || `HTTP status ${status}`;
  const hint = status === 404 ? `; to get the model: ollama pull ${model}` : "";
  return Object.assign(new Error(message), { status, headers, error: { message: `${message}${hint}` } });
}
