import { keepAliveFetch } from "../../net/keep-alive-fetch.ts";
import { mendBody, parseObject } from "../shared/index.ts";
import { toFailure } from "./failure.ts";

/**
 * The `fetch` that `@google/genai` gets: never follows a redirect, which would take the key along, and throws for a status
 * that is no success while its headers are still known, which the SDK drops.
 */
export function toSdkFetch(own: typeof fetch | undefined): typeof fetch {
  return async (input, init) => {
    const response = await (own ?? openKeptAlive)(input, { ...init, ...mendBody(init), redirect: "manual" });
    const { status, headers } = response;
    if (response.ok && headers.get("content-type")?.startsWith("application/json") !== true) return response;
    const text = await response.text();
    // An error under a status of success: the SDK would only say that it is no event stream.
    if (response.ok && findError(text) === undefined) return new Response(text, { status, headers });
    throw toFailure(findError(text) ?? { message: text || `HTTP status ${status}` }, {
      // A status of success says nothing of whether it may pass.
      ...(response.ok ? {} : { status }),
      headers,
    });
  };
}

/** The vendor's error in a body; some of its servers put it into a list. */
function findError(text: string): unknown {
  const error = parseObject(text.trim().replace(/^\[([^]*)\]$/, "$1"))?.["error"];
  return error === null ? undefined : error;
}

/** The SDK reads a body through `getReader`, which that of `keepAliveFetch` does not have. */
async function openKeptAlive(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await keepAliveFetch(input, init);
  const { status, statusText, headers, body } = response;
  if (!response.ok || body === null) return response;
  return new Response(ReadableStream.from(body), { status, statusText, headers });
}
