export { openEventReader, type EventReader } from "./event-stream.ts";
export { keepAliveFetch } from "./keep-alive-fetch.ts";
export { preparePost, type PreparedPost, type PreparedPostOptions } from "./prepare-post.ts";
export { createGuardedFetch, type GuardedFetchOptions } from "./guarded-fetch.ts";
export { openEgressProxy, type EgressProxyOptions } from "./egress-proxy.ts";
export type { HostLookup } from "./guarded-agent.ts";
