import { HarnessError } from "./harness-error.ts";
import { ProviderError } from "./provider-error.ts";

/** Codes of Node and undici for a connection that was never made: nothing of the request left the machine. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_HAS_EXPIRED",
  // Whoever answered speaks no TLS.
  "EPROTO",
]);

const NEVER_ASKED: ReadonlySet<string> = new Set([
  "credentials_missing",
  "package_missing",
  "model_not_found",
  "budget_exhausted",
]);

/**
 * Whether a model call that failed before its first token may have been billed. One that was refused with a status, that
 * never left the machine or for which nobody was asked was not; of any other nobody knows.
 */
export function mayBeBilled(error: unknown): boolean {
  if (ProviderError.isInstance(error)) return error.status === undefined && !hasCode(error, 0);
  return !(HarnessError.isInstance(error) && NEVER_ASKED.has(error.code));
}

/** Looks down the chain of causes, as deep as SDKs wrap; one of several failed addresses is enough only if all failed so. */
function hasCode(error: unknown, depth: number): boolean {
  if (typeof error !== "object" || error === null || depth > 6) return false;
  if ("errors" in error && Array.isArray(error.errors) && error.errors.length > 0) {
    return error.errors.every((each) => hasCode(each, depth + 1));
  }
  if ("code" in error && typeof error.code === "string" && isConnect(error.code)) return true;
  return "cause" in error && hasCode(error.cause, depth + 1);
}

function isConnect(code: string): boolean {
  return NEVER_CONNECTED.has(code) || /^ERR_(?:TLS|SSL)_/.test(code);
}
