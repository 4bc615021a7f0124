import { HarnessError, ProviderError, describeError } from "../../errors/index.ts";
import { readRetryAfter } from "./read-retry-after.ts";

/** What an error is judged with. */
export interface ToProviderErrorOptions {
  readonly provider: string;
  /** The signal of the call: once it is aborted, its reason is what the caller gets. */
  readonly signal: AbortSignal;
}

/**
 * Makes what a vendor's SDK or connection threw one of: `signal.reason` after an abort, our own error unchanged, or a
 * `ProviderError` with the vendor's own message. Reads the fields that the SDKs share (`status`, `headers`, `error`), not
 * their classes, so that it needs none of them. Returns, does not throw.
 */
export function toProviderError(error: unknown, { provider, signal }: ToProviderErrorOptions): unknown {
  if (signal.aborted) return signal.reason;
  if (HarnessError.isInstance(error)) return error;
  const failure = readFailure(error);
  const retryAfterMs = readRetryAfter(failure.headers);
  return new ProviderError(hideKeys(failure.message).slice(0, MAX_MESSAGE), {
    provider,
    isRetryable: isRetryable(failure),
    cause: error,
    ...(failure.status !== undefined && { status: failure.status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** A stream that ended without its terminal event, or in which something could not be read. May succeed when repeated. */
export function truncatedStream(provider: string, detail: string): ProviderError {
  return new ProviderError(`The answer of ${provider} is incomplete: ${hideKeys(detail)}`, {
    provider,
    isRetryable: true,
  });
}

/** A proxy's whole error page is no message. */
const MAX_MESSAGE = 2_000;

interface Failure {
  readonly message: string;
  readonly status: number | undefined;
  readonly headers: Headers | undefined;
  /** The vendor's words for what happened, lower case. */
  readonly words: readonly string[];
  /** `connection`: no answer or half of one. `vendor`: the vendor says so. `unknown`: neither. */
  readonly origin: "connection" | "vendor" | "unknown";
}

function readFailure(error: unknown): Failure {
  const fields = asRecord(error);
  const status = readStatus(fields);
  const body = readBody(fields);
  const words = [
    body?.["type"],
    body?.["code"],
    body?.["status"],
    asRecord(body?.["details"])?.["error_code"],
    fields["type"],
  ]
    .filter((word) => typeof word === "string")
    .map((word) => word.toLowerCase());
  const headers = fields["headers"] instanceof Headers ? fields["headers"] : undefined;
  const vendorMessage = typeof body?.["message"] === "string" ? body["message"] : undefined;
  if (status !== undefined || body !== undefined) {
    return { message: vendorMessage ?? describeError(error), status, headers, words, origin: "vendor" };
  }
  const origin = isConnectionError(error, fields) ? "connection" : "unknown";
  return { message: describeChain(error), status, headers, words, origin };
}

/** Anthropic, OpenAI and Google name it `status`, Ollama `status_code`. */
function readStatus(fields: Record<string, unknown>): number | undefined {
  const status = fields["status"] ?? fields["status_code"];
  if (typeof status === "number") return status;
  const code = asRecord(fields["error"])["code"];
  return typeof code === "number" && code >= 400 && code < 600 ? code : undefined;
}

/** The object that holds the vendor's message: Anthropic's SDK keeps the whole body, OpenAI's only its `error`. */
function readBody(fields: Record<string, unknown>): Record<string, unknown> | undefined {
  const body = fields["error"];
  if (typeof body === "string") return { message: body };
  if (typeof body !== "object" || body === null) return undefined;
  const inner = asRecord(body)["error"];
  if (typeof inner === "string") return { message: inner };
  return typeof inner === "object" && inner !== null ? asRecord(inner) : asRecord(body);
}

/** Without status and body: an SDK's connection error has an empty `status`, a fetch's is a `TypeError` with these words. */
function isConnectionError(error: unknown, fields: Record<string, unknown>): boolean {
  if ("status" in fields) return true;
  if (error instanceof TypeError) return error.message === "fetch failed" || error.message === "terminated";
  return typeof fields["code"] === "string" && CONNECTION_CODE.test(fields["code"]);
}

const CONNECTION_CODE = /^(?:E[A-Z]+|UND_ERR_[A-Z_]+)$/;

const RETRYABLE_STATUS = new Set([408, 409, 425, 429]);

/** Waiting doesn't fill an account. */
const ACCOUNT_WORD = /quota|billing|credit|spend_limit|balance/;

const PERMANENT_WORD =
  /^(?:invalid|authentication|permission|not_found|request_too_large|unsupported|context_length|content_filter|model_not_found|failed_precondition|unauthenticated)/;

function isRetryable({ status, headers, words, origin }: Failure): boolean {
  if (origin !== "vendor") return origin === "connection";
  if (words.some((word) => ACCOUNT_WORD.test(word))) return false;
  const hint = headers?.get("x-should-retry");
  if (hint === "true" || hint === "false") return hint === "true";
  if (status !== undefined) return status >= 500 || RETRYABLE_STATUS.has(status);
  // An event inside a stream: the request had been accepted, so what is not the caller's fault may pass.
  return !words.some((word) => PERMANENT_WORD.test(word));
}

function describeChain(error: unknown, depth = 0): string {
  const message = describeError(error);
  const cause = asRecord(error)["cause"];
  if (cause === undefined || depth === 4) return message;
  const code = asRecord(cause)["code"];
  const inner = describeChain(cause, depth + 1);
  // Node's error for several addresses that all failed has a code and no message.
  return `${message.replace(/\.$/, "")}: ${inner === "AggregateError" && typeof code === "string" ? code : inner}`;
}

/** Vendors mask keys that they quote, proxies do not. */
function hideKeys(message: string): string {
  return message.replace(/\b(?:sk|pk|gsk|xai|AIza|Bearer )[-_]?[\w*-]{12,}/g, "[key]");
}

function asRecord(value: unknown): Record<string, unknown> {
  // Any object can be read by string keys; the values stay unknown.
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
