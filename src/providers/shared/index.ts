export { parseArguments, parseObject, type ParsedArguments } from "./parse-arguments.ts";
export { readRetryAfter } from "./read-retry-after.ts";
export { toProviderError, truncatedStream, type ToProviderErrorOptions } from "./to-provider-error.ts";
export { asArray, asCount, asObject, asString, type WireObject } from "./wire.ts";
