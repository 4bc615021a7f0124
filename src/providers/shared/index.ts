export { readRetryAfter } from "./read-retry-after.ts";
export { toProviderError, truncatedStream, type ToProviderErrorOptions } from "./to-provider-error.ts";
