import { preparePost } from "../../net/index.ts";
import type { SdkClient } from "./sdk-client.ts";

/**
 * Sends the body of a request, in pieces that must not change, to one address of a vendor and gives the bytes of the
 * answer. Rejects with what the vendor's SDK throws; the signal ends the request and the answer.
 */
export type RequestWire = (body: readonly Uint8Array[], signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;

/** A wire that is the SDK's: whatever its client was made with holds. */
export function throughSdk(client: SdkClient, path: string): RequestWire {
  return async (pieces, signal) => {
    const body = Buffer.concat(pieces);
    const headers = { "content-type": "application/json" };
    const response = await client.post(path, { body, headers, stream: true, maxRetries: 0, signal }).asResponse();
    return response.body ?? NO_BYTES;
  };
}

/** What `besideSdk` sends with. */
export interface BesideSdkOptions {
  /** The address without the path, and the path that is added to it. */
  readonly baseUrl: string;
  readonly path: string;
  /** What the SDK would send. */
  readonly headers: ReadonlyMap<string, string>;
  /** Makes the SDK's client around a `fetch`. Called when a request fails. */
  readonly openClient: (fetch: typeof globalThis.fetch) => Promise<SdkClient>;
}

/** The time limit of both SDKs for the head of an answer, in milliseconds. */
const TIMEOUT_MS = 600_000;

/**
 * A wire of our own with the SDK's address and headers, at less than half of its cost and without loading it (why:
 * docs/decisions/0003). What fails is handed to the SDK as the outcome of its own request, so that the error is the SDK's own.
 */
export function besideSdk({ baseUrl, path, headers, openClient }: BesideSdkOptions): RequestWire {
  const url = new URL(baseUrl.endsWith("/") ? baseUrl + path.slice(1) : baseUrl + path);
  const post = preparePost(url, { headers, timeoutMs: TIMEOUT_MS });
  return async (body, signal) => {
    const outcome = post(body, signal);
    const response = await outcome.catch(() => undefined);
    if (response?.ok === true) return response.body ?? NO_BYTES;
    signal.throwIfAborted();
    const client = await openClient(() => outcome);
    return await throughSdk(client, path)(body, signal);
  };
}

const NO_BYTES: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };
