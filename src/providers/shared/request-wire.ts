import { openSignalScope, type SignalScope } from "../../async/index.ts";
import { openByteSource, type ByteSource } from "../../net/byte-source.ts";
import { preparePost } from "../../net/prepare-post.ts";
import type { ModelCallOptions } from "../../spec/index.ts";
import type { SdkClient } from "./sdk-client.ts";

/**
 * Sends the body of a request, in pieces that must not change, to one address of a vendor and gives the bytes of the
 * answer. Reading them throws what the vendor's SDK throws; the signal ends the request and the answer.
 */
export type RequestWire = (body: readonly Uint8Array[], call: WireCall) => ByteSource;

/** What a request over a wire needs besides its body. */
export type WireCall = Pick<ModelCallOptions, "signal" | "silence">;

/** A wire that is the SDK's: whatever its client was made with holds. */
export function throughSdk(client: SdkClient, path: string): RequestWire {
  return (pieces, { signal }) =>
    new SdkAnswer(signal, async (ownSignal) => {
      const body = Buffer.concat(pieces);
      const headers = { "content-type": "application/json" };
      const options = { body, headers, stream: true, maxRetries: 0, signal: ownSignal } as const;
      const response = await client.post(path, options).asResponse();
      return response.body ?? NO_BYTES;
    });
}

const NO_BYTES: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };

/** The bytes of an answer whose connection is the SDK's, to be closed by a signal only. */
class SdkAnswer implements ByteSource {
  readonly #send: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
  readonly #scope: SignalScope;
  #bytes: ByteSource | undefined;

  constructor(signal: AbortSignal, send: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>) {
    this.#send = send;
    this.#scope = openSignalScope([signal]);
  }

  get isEnded(): boolean {
    return this.#bytes?.isEnded === true;
  }

  take(): readonly Uint8Array[] {
    return this.#bytes?.take() ?? [];
  }

  async wait(): Promise<void> {
    if (this.#bytes === undefined) {
      this.#bytes = openByteSource(await this.#send(this.#scope.signal));
      // What came after the end of a call must not stay open.
      if (this.#scope.signal.aborted) this.#bytes.close();
    }
    await this.#bytes.wait();
  }

  close(): void {
    if (!this.isEnded) {
      this.#scope.abort(new DOMException("The answer is not read any further", "AbortError"));
      // For a `fetch` of the host that does not listen to the signal.
      this.#bytes?.close();
    }
    this.#scope[Symbol.dispose]();
  }
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

/** The time limit of both SDKs for the head of an answer, in milliseconds: for a call whose silence nobody measures. */
const TIMEOUT_MS = 600_000;

/**
 * A wire of our own with the SDK's address and headers, at less than half of its cost and without loading it (why:
 * docs/decisions/0003). What fails is handed to the SDK as the outcome of its own request, so that the error is the SDK's own.
 */
export function besideSdk({ baseUrl, path, headers, openClient }: BesideSdkOptions): RequestWire {
  const url = new URL(baseUrl.endsWith("/") ? baseUrl + path.slice(1) : baseUrl + path);
  const post = preparePost(url, {
    headers,
    async explain({ body, signal, outcome }) {
      const client = await openClient(outcome);
      const answer = throughSdk(client, path)(body, { signal });
      try {
        await answer.wait();
      } finally {
        answer.close();
      }
      throw new TypeError("fetch failed", { cause: new Error("The SDK takes for an answer what is none") });
    },
  });
  return (body, { signal, silence }) =>
    post(body, { signal, timeoutMs: silence === undefined ? TIMEOUT_MS : undefined });
}
