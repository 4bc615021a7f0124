import { HarnessError, ProviderError, describeError } from "../../errors/index.ts";
import { asObject, asString, toProviderError, truncatedStream, type WireObject } from "../shared/index.ts";

/** What an error is judged with. */
export interface FailureContext {
  readonly provider: string;
  readonly signal: AbortSignal;
}

/** Errors of the AI SDK that say that the answer could not be read. */
const UNREADABLE: ReadonlySet<string> = new Set([
  "AI_JSONParseError",
  "AI_TypeValidationError",
  "AI_InvalidResponseDataError",
  "AI_EmptyResponseBodyError",
  "AI_NoContentGeneratedError",
]);

/**
 * Makes what a model of the AI SDK threw, or sent as an error part, one of: `signal.reason` after an abort, our own error
 * unchanged, code "credentials_missing", or a `ProviderError`. Goes by names and fields, not by classes: each provider
 * package may bring its own copy of them. Returns, does not throw.
 */
export function toFailure(error: unknown, { provider, signal }: FailureContext): unknown {
  if (signal.aborted || HarnessError.isInstance(error)) return toProviderError(error, { provider, signal });
  const fields = asObject(error);
  const name = asString(fields?.["name"]) ?? "";
  if (name === "AI_LoadAPIKeyError") {
    return new HarnessError(describeError(error), { code: "credentials_missing", cause: error });
  }
  if (UNREADABLE.has(name)) return truncatedStream(provider, describeError(error).slice(0, 500));
  if (fields !== undefined && name === "AI_APICallError") return readApiCallError(fields, { provider, signal });
  return toProviderError(error, { provider, signal });
}

/** What an error part holds, as something to throw: an error as it came, or around what the vendor sent. */
export function toError(value: unknown): Error {
  if (value instanceof Error) return value;
  const fields = asObject(value);
  const error = asObject(fields?.["error"]) ??
    fields ?? { message: asString(value) ?? "The vendor broke the answer off" };
  return Object.assign(new Error("The vendor broke the answer off"), { error });
}

function readApiCallError(fields: WireObject, context: FailureContext): unknown {
  const { provider } = context;
  const { statusCode, isRetryable, responseHeaders, data, cause } = fields;
  const message = asString(fields["message"]) ?? "The call failed";
  if (typeof statusCode !== "number") {
    return new ProviderError(message, { provider, isRetryable: isRetryable === true, cause: cause ?? fields });
  }
  // A successful status means that the answer was no answer.
  if (statusCode < 300) return truncatedStream(provider, message);
  const body = asObject(asObject(data)?.["error"]);
  const judged = toProviderError(
    Object.assign(new Error(message), {
      status: statusCode,
      headers: toHeaders(responseHeaders),
      error: { ...body, message },
    }),
    context,
  );
  // The provider knows its vendor: where it sees no use in a retry there is none.
  if (!ProviderError.isInstance(judged) || isRetryable !== false || !judged.isRetryable) return judged;
  return new ProviderError(judged.message, { provider, status: statusCode, isRetryable: false, cause: fields });
}

function toHeaders(value: unknown): Headers {
  const headers = new Headers();
  for (const [name, text] of Object.entries(asObject(value) ?? {})) {
    if (typeof text === "string") headers.set(name, text);
  }
  return headers;
}
