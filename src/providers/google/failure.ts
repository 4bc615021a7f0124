import { ProviderError, describeError } from "../../errors/index.ts";
import { asArray, asObject, asString, parseObject, truncatedStream, type WireObject } from "../shared/index.ts";
import { PROVIDER } from "./provider.ts";

/** An error in the form that `toProviderError` reads. */
export interface Failure extends Error {
  readonly status?: number;
  readonly headers?: Headers;
  readonly error: WireObject;
}

/** The failure that the vendor's `error` object tells, with what HTTP told besides. */
export function toFailure(
  value: unknown,
  http: { readonly status?: number; readonly headers?: Headers } = {},
): Failure {
  const error = asObject(value) ?? { message: asString(value) ?? `${PROVIDER} broke the answer off` };
  const code = error["code"];
  const status = http.status ?? (typeof code === "number" ? code : undefined);
  const details = asArray(error["details"]).map(asObject);
  const message = asString(error["message"]) ?? asString(error["status"]) ?? "The vendor gave no reason";
  return Object.assign(new Error(message), {
    ...(status !== undefined && { status }),
    headers: addRetryDelay(http.headers, details),
    // A day's quota is not there again after a short wait.
    error: { ...error, message, ...(isDailyQuota(details) && { code: "quota_per_day" }) },
  });
}

/**
 * What an SDK threw, in the form that `toProviderError` reads: `ApiError` of `@google/genai` holds the vendor's JSON in
 * its message, the errors of `@google/generative-ai` hold a sentence around it and lose what lay below.
 */
export function readSdkError(error: unknown, { isOpen }: { readonly isOpen: boolean }): unknown {
  if (!(error instanceof Error) || ProviderError.isInstance(error) || "error" in error) return error;
  const { status, errorDetails } = error as Error & { readonly status?: unknown; readonly errorDetails?: unknown };
  if (typeof status === "number") return readStatusError(error.message, status, errorDetails);
  if (error.message.startsWith(OLD_SDK)) return readOldError(error);
  const isConnection =
    error instanceof TypeError && (error.message === "terminated" || error.message === "fetch failed");
  // What fails while chunks are read, besides the connection, is that they can't be.
  return isOpen && !isConnection ? truncatedStream(PROVIDER, describeError(error)) : error;
}

const OLD_SDK = "[GoogleGenerativeAI Error]: ";

function readStatusError(message: string, status: number, details: unknown): unknown {
  const body = parseObject(message.slice(Math.max(0, message.indexOf("{"))));
  const known = asObject(body?.["error"]);
  if (known !== undefined) return toFailure(known, { status });
  const text = message.replace(OLD_SDK, "").replace(/^Error fetching from \S+: \[\d+ [^\]]*\] /, "");
  return toFailure({ message: text, details }, { status });
}

/** Without a status it was the connection, or bytes that are no answer; the caller's own mistakes have other words. */
function readOldError(error: Error): unknown {
  const message = error.message.slice(OLD_SDK.length);
  if (message.startsWith("Error fetching from")) {
    return new ProviderError(message, { provider: PROVIDER, isRetryable: true, cause: error });
  }
  return /stream|parsing JSON/.test(message) ? truncatedStream(PROVIDER, message) : error;
}

/** The vendor asks for a wait in the body of its error, mostly not in a header. */
function addRetryDelay(headers: Headers | undefined, details: readonly (WireObject | undefined)[]): Headers {
  const all = new Headers(headers);
  const info = details.find((detail) => asString(detail?.["@type"])?.endsWith("google.rpc.RetryInfo") === true);
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(asString(info?.["retryDelay"]) ?? "")?.[1];
  if (seconds !== undefined && !all.has("retry-after"))
    all.set("retry-after-ms", String(Math.ceil(Number(seconds) * 1000)));
  return all;
}

function isDailyQuota(details: readonly (WireObject | undefined)[]): boolean {
  const violations = details.flatMap((detail) => asArray(detail?.["violations"])).map(asObject);
  return violations.some((violation) => /PerDay/i.test(asString(violation?.["quotaId"]) ?? ""));
}
