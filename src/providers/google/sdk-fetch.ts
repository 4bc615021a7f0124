import { keepAliveFetch } from "../../net/keep-alive-fetch.ts";
import { parseObject } from "../shared/index.ts";
import { toFailure } from "./failure.ts";

/**
 * The `fetch` that `@google/genai` gets: never follows a redirect, which would take the key along, and throws for a status
 * that is no success while its headers are still known, which the SDK drops.
 */
export function toSdkFetch(own: typeof fetch | undefined): typeof fetch {
  return async (input, init) => {
    const response = await (own ?? openKeptAlive)(input, { ...init, redirect: "manual" });
    if (response.ok) return response;
    const { status, headers } = response;
    const text = await response.text();
    throw toFailure(parseObject(text)?.["error"] ?? { message: text || `HTTP status ${status}` }, { status, headers });
  };
}

/** The SDK reads a body through `getReader`, which that of `keepAliveFetch` does not have. */
async function openKeptAlive(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await keepAliveFetch(input, init);
  const { status, statusText, headers, body } = response;
  if (!response.ok || body === null) return response;
  return new Response(ReadableStream.from(body), { status, statusText, headers });
}
