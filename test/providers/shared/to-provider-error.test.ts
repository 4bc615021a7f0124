import { describe, expect, it } from "vitest";

import { HarnessError, ProviderError } from "../../../src/errors/index.ts";
import { readRetryAfter, toProviderError, truncatedStream } from "../../../src/providers/shared/index.ts";

const signal = new AbortController().signal;

function convert(error: unknown): unknown {
  return toProviderError(error, { provider: "vendor", signal });
}

/** The fields that the Stainless-made SDKs' errors have. */
function sdkError(status: number | undefined, error: unknown, headers: Record<string, string> = {}): Error {
  return Object.assign(new Error(`${status} status code`), { status, error, headers: new Headers(headers) });
}

describe("toProviderError()", () => {
  it("gives the reason, unchanged, of an aborted signal", () => {
    const reason = { why: "test" };
    expect(toProviderError(new Error("x"), { provider: "vendor", signal: AbortSignal.abort(reason) })).toBe(reason);
  });

  it("leaves our own errors as they are", () => {
    const own = new ProviderError("x", { provider: "other", isRetryable: true });
    const missing = new HarnessError("x", { code: "credentials_missing" });
    expect(convert(own)).toBe(own);
    expect(convert(missing)).toBe(missing);
  });

  it.each([
    [300, false],
    [400, false],
    [401, false],
    [403, false],
    [404, false],
    [408, true],
    [409, true],
    [413, false],
    [422, false],
    [425, true],
    [429, true],
    [500, true],
    [503, true],
    [529, true],
  ])("judges status %i", (status, isRetryable) => {
    const error = convert(sdkError(status, { type: "error", error: { type: "x", message: "the vendor's words" } }));
    expect(error).toMatchObject({ status, isRetryable, message: "the vendor's words", provider: "vendor" });
  });

  it.each([
    ["OpenAI's quota", { message: "x", type: "insufficient_quota", code: "insufficient_quota" }],
    ["a code beside the type", { message: "x", type: "requests", code: "billing_hard_limit_reached" }],
    [
      "Anthropic's spend limit",
      { error: { message: "x", type: "rate_limit_error", details: { error_code: "contract_spend_limit_reached" } } },
    ],
  ])("does not retry a 429 that waiting will not end: %s", (_name, body) => {
    expect(convert(sdkError(429, body, { "x-should-retry": "true" }))).toMatchObject({ isRetryable: false });
  });

  it("obeys the server's own word on retrying", () => {
    expect(convert(sdkError(500, {}, { "x-should-retry": "false" }))).toMatchObject({ isRetryable: false });
    expect(convert(sdkError(400, {}, { "x-should-retry": "true" }))).toMatchObject({ isRetryable: true });
  });

  it.each([
    ["overloaded_error", true],
    ["rate_limit_error", true],
    ["api_error", true],
    ["timeout_error", true],
    ["server_error", true],
    ["an_error_of_next_year", true],
    ["invalid_request_error", false],
    ["authentication_error", false],
    ["permission_error", false],
    ["not_found_error", false],
    ["billing_error", false],
    ["insufficient_quota", false],
  ])("judges an error event %s inside a stream", (type, isRetryable) => {
    const event = { type: "error", error: { type, message: "words" } };
    expect(convert(event)).toMatchObject({ isRetryable, status: undefined, message: "words" });
    expect(convert(sdkError(undefined, { type, message: "words" }))).toMatchObject({ isRetryable, message: "words" });
  });

  it("reads the status that stands as a code in the error", () => {
    expect(convert({ error: { code: 503, message: "x" } })).toMatchObject({ status: 503, isRetryable: true });
    expect(convert({ error: { code: 400, message: "x" } })).toMatchObject({ status: 400, isRetryable: false });
    expect(convert(Object.assign(new Error("x"), { status_code: 404 }))).toMatchObject({
      status: 404,
      isRetryable: false,
    });
  });

  it.each([
    [
      "an SDK's connection error",
      Object.assign(new Error("Connection error."), { status: undefined, cause: new Error("connect ECONNREFUSED") }),
      "Connection error: connect ECONNREFUSED",
    ],
    [
      "a fetch that failed",
      new TypeError("fetch failed", { cause: Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }) }),
      "fetch failed: ECONNREFUSED",
    ],
    ["a body that broke off", new TypeError("terminated"), "terminated"],
    ["a socket's error", Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }), "read ECONNRESET"],
  ])("retries %s", (_name, error, message) => {
    expect(convert(error)).toMatchObject({ isRetryable: true, message, cause: error });
  });

  it.each([new TypeError("x is not a function"), new Error("odd"), "text", null, undefined, Object.create(null)])(
    "does not retry what it does not know: %s",
    (error) => {
      expect(ProviderError.isInstance(convert(error))).toBe(true);
      expect(convert(error)).toMatchObject({ isRetryable: false });
    },
  );

  it("survives errors that are their own cause", () => {
    const error = new Error("round");
    error.cause = error;
    expect(convert(error)).toMatchObject({ isRetryable: false });
  });

  it("never shows a key, nor a whole error page", () => {
    const key = `sk-ant-api03-${"a1B2".repeat(10)}`;
    const bearer = `Bearer ${"a1B2".repeat(10)}`;
    const error = convert(sdkError(401, { error: { message: `Bad key ${key} in ${bearer}` } }));
    expect(error).toMatchObject({ message: "Bad key [key] in [key]" });
    const page = convert(sdkError(502, { message: "<html>".repeat(10_000) }));
    expect(ProviderError.isInstance(page) && page.message.length).toBe(2_000);
  });

  it("says how long to wait", () => {
    expect(convert(sdkError(429, {}, { "retry-after": "7" }))).toMatchObject({ retryAfterMs: 7_000 });
    expect(convert(sdkError(429, {}))).toMatchObject({ retryAfterMs: undefined });
  });
});

describe("readRetryAfter()", () => {
  it.each([
    [{ "retry-after-ms": "250", "retry-after": "9" }, 250],
    [{ "retry-after": "1.5" }, 1_500],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "Fri, 20 Nov 2026 10:00:30 GMT", date: "Fri, 20 Nov 2026 10:00:00 GMT" }, 30_000],
    [{ "retry-after": "Fri, 20 Nov 2026 09:00:00 GMT", date: "Fri, 20 Nov 2026 10:00:00 GMT" }, 0],
    [{ "retry-after": "Fri, 20 Nov 2020 09:00:00 GMT" }, 0],
    [{ "retry-after": "-5" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after-ms": "Infinity" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{}, undefined],
  ])("reads %j", (headers, milliseconds) => {
    expect(readRetryAfter(new Headers(headers))).toBe(milliseconds);
  });

  it("reads nothing without headers", () => {
    expect(readRetryAfter(undefined)).toBeUndefined();
  });
});

describe("truncatedStream()", () => {
  it("may be tried again", () => {
    expect(truncatedStream("vendor", "it stopped")).toMatchObject({
      provider: "vendor",
      isRetryable: true,
      message: "The answer of vendor is incomplete: it stopped",
    });
  });
});
