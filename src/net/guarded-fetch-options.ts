import type { KnownNames } from "../errors/index.ts";
import type { HostLookup } from "./guarded-agent.ts";

/** Options of `createGuardedFetch`. A host is "example.com", or "*.example.com" for everything below it. */
export interface GuardedFetchOptions {
  /** Only these hosts are reached. @default every public host */
  readonly allow?: readonly string[];
  /** These hosts, and everything below them, are not reached. */
  readonly block?: readonly string[];
  /** Private addresses may be reached: all of them, or those of these hosts. @default false */
  readonly allowPrivate?: boolean | readonly string[];
  /** Bytes of a body after decompression. @default 10 MiB */
  readonly maxBytes?: number;
  /** Milliseconds for the whole of a fetch, redirects and body included. @default 30000 */
  readonly timeoutMs?: number;
  /** @default 5 */
  readonly maxRedirects?: number;
  /** Finds the addresses of a host. @default the system's resolver */
  readonly lookup?: HostLookup;
}

/** The names of all of them; whoever takes them from a host refuses every other. */
export const FETCH_OPTION_NAMES: KnownNames<GuardedFetchOptions> = {
  allow: true,
  block: true,
  allowPrivate: true,
  maxBytes: true,
  timeoutMs: true,
  maxRedirects: true,
  lookup: true,
};
