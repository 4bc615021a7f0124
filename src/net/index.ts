export { openByteSource, type ByteSource } from "./byte-source.ts";
export { EventParser } from "./event-stream.ts";
export { keepAliveFetch } from "./keep-alive-fetch.ts";
export {
  preparePost,
  type PostOptions,
  type PostRefusal,
  type PreparedPost,
  type PreparedPostOptions,
} from "./prepare-post.ts";
export { createGuardedFetch } from "./guarded-fetch.ts";
export type { GuardedFetchOptions } from "./guarded-fetch-options.ts";
export { openEgressProxy, type EgressProxyOptions } from "./egress-proxy.ts";
export type { HostLookup } from "./guarded-agent.ts";
