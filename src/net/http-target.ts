import type { ClientRequest, RequestOptions } from "node:http";
import { urlToHttpOptions } from "node:url";

/** Where a request goes; made once for all requests to one address. */
export interface HttpTarget {
  /** `http:` or `https:`. */
  readonly protocol: string | null | undefined;
  readonly options: RequestOptions;
}

/** Prepares a target. Throws a `TypeError` "fetch failed" for an address that carries credentials or is not HTTP(S). */
export function toHttpTarget(url: URL, method: string): HttpTarget {
  if (url.username !== "" || url.password !== "") throw refuse("The URL includes credentials");
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw refuse(`The scheme "${url.protocol}" is not supported`);
  }
  const { protocol, hostname, port, path } = urlToHttpOptions(url);
  return { protocol, options: { protocol, hostname, port, path, method } };
}

/** Opens a request whose body is still to be written. Throws for headers that no request may hold. */
export function openRequest({ protocol, options }: HttpTarget, headers: readonly string[]): ClientRequest {
  // `node:https` loads TLS, so each module is loaded at its first use.
  const name = protocol === "https:" ? "node:https" : "node:http";
  return process.getBuiltinModule(name).request({ ...options, headers });
}

function refuse(reason: string): TypeError {
  return new TypeError("fetch failed", { cause: new Error(reason) });
}
