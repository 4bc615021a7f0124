import { expect, it } from "vitest";

import { BudgetExhaustedError, HarnessError, mayBeBilled, ProviderError } from "../../src/errors/index.ts";
import { fakeBudget } from "../../src/testing/index.ts";

function failed(options: { readonly status?: number; readonly cause?: unknown } = {}): ProviderError {
  return new ProviderError("failed", { provider: "p", isRetryable: true, ...options });
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

it.each([
  ["a status", failed({ status: 529 }), false],
  ["no status and no cause", failed(), true],
  [
    "a refused connection, as fetch wraps it",
    failed({ cause: new TypeError("fetch failed", { cause: coded("ECONNREFUSED") }) }),
    false,
  ],
  ["an unknown host", failed({ cause: coded("ENOTFOUND") }), false],
  ["a bad certificate", failed({ cause: coded("ERR_TLS_CERT_ALTNAME_INVALID") }), false],
  [
    "every address refused",
    failed({ cause: new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")]) }),
    false,
  ],
  [
    "one address cut in the middle",
    failed({ cause: new AggregateError([coded("ECONNREFUSED"), coded("ECONNRESET")]) }),
    true,
  ],
  ["a connection that was cut", failed({ cause: coded("ECONNRESET") }), true],
  ["a time-out", failed({ cause: coded("UND_ERR_HEADERS_TIMEOUT") }), true],
  ["no key", new HarnessError("no key", { code: "credentials_missing" }), false],
  ["no money", new BudgetExhaustedError("no", { snapshot: fakeBudget().snapshot() }), false],
  ["an abort", new DOMException("stop", "AbortError"), true],
  ["anything else", "nonsense", true],
])("mayBeBilled() of %s", (_what, error, expected) => {
  expect(mayBeBilled(error)).toBe(expected);
});

it("mayBeBilled() ends for causes that go in a circle", () => {
  const error = new Error("round") as Error & { cause?: unknown };
  error.cause = error;
  expect(mayBeBilled(failed({ cause: error }))).toBe(true);
});
