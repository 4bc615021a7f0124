import { ProviderError } from "../../errors/index.ts";
import { asObject, asString, type WireObject } from "../shared/index.ts";

/** Words for a request that will not pass however often it is sent; `toProviderError` knows the rest. */
const REFUSED_WORD = /policy|image|data_residency/;

/**
 * Throws when an event of a stream is an error: `error` inside a chunk, an event of type "error" with or without an inner
 * object, vLLM's `object: "error"`, Groq's `x_groq.error`, and a failed or cancelled response.
 */
export function throwStreamError(event: WireObject, provider: string): void {
  const error = findError(event);
  if (error === undefined) return;
  const fields = typeof error === "string" ? { message: error } : error;
  const message = asString(fields["message"]) ?? `${provider} broke the answer off`;
  const code = asString(fields["code"]);
  if (code !== undefined && REFUSED_WORD.test(code)) throw new ProviderError(message, { provider, isRetryable: false });
  // `toProviderError` reads the vendor's error under this name, as on the SDK's own errors.
  throw Object.assign(new Error(message), { error: { ...fields, message } });
}

function findError(event: WireObject): WireObject | string | undefined {
  const inner = event["error"] ?? asObject(event["x_groq"])?.["error"];
  const found = asObject(inner) ?? (asString(inner) || undefined);
  if (found !== undefined) return found;
  const type = event["type"];
  if (type === "error" || event["object"] === "error") {
    return { code: event["code"], message: event["message"] };
  }
  const failure = asObject(asObject(event["response"])?.["error"]);
  const isFailed = type === "response.failed" || type === "response.cancelled";
  return failure ?? (isFailed ? `The vendor ended the answer with ${type}` : undefined);
}
