import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { redactSecrets } from "../../src/filters/index.ts";
import { noise, privateKey, SECRET_SAMPLES } from "./secret-samples.ts";

describe("redactSecrets() leaves alone", () => {
  test.each([
    "",
    "A normal sentence about tokens, passwords and secrets.",
    "const token = await getToken2(options);",
    "password: string;",
    "const { password } = user.credentials;",
    "token = process.env.GITHUB_TOKEN",
    "PASSWORD=$DB_PASSWORD",
    "TOKEN=$(cat token)",
    "password: ${{ secrets.PASSWORD }}",
    'type: "password"',
    "secretName: web-tls-cert-2",
    "tokens: 12345",
    "maxTokens: 100000, totalTokens = 1700000000123456",
    "git@github.com:owner/repo.git",
    "https://registry.example.com:443/@scope/package",
    "http://localhost:8080/path?user=a@b",
    "postgres://user:${PASSWORD}@host/db",
    "postgres://user:<password>@host/db",
    "Authorization: Bearer ${token}",
    "the bearer authentication scheme",
    "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "commit 89184e7d3c1a9b2f4e5d6c7b8a9f0e1d2c3b4a59",
    "550e8400-e29b-41d4-a716-446655440000",
    "task-id: sk-1 risk-assessment",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
    "if (tokenA === tokenB) return;",
    "--token is required",
    "\uD800 lone surrogate, \0 and \u001b[31m",
  ])("%j", (text) => {
    expect(redactSecrets(text)).toEqual({ text, findings: [] });
  });
});

describe("redactSecrets()", () => {
  test.each(SECRET_SAMPLES)("finds $kind in $text", ({ kind, text, secret }) => {
    const redacted = redactSecrets(text);
    expect(redacted.text).toBe(text.replace(secret, `[REDACTED:${kind}]`).replace(/(?<=\[REDACTED:cookie\]).*/, ""));
    expect(redacted.findings).toEqual([{ kind, count: 1 }]);
  });

  test.each(SECRET_SAMPLES)("twice is the same as once for $kind", ({ text }) => {
    const once = redactSecrets(text).text;
    expect(redactSecrets(once).text).toBe(once);
  });

  test("redacts a key whose end is missing as far as it looks like one", () => {
    const cut = privateKey("RSA PRIVATE KEY").slice(0, 200);
    expect(redactSecrets(`${cut}\n"next": 1`).text).toBe('[REDACTED:private_key]"next": 1');
  });

  test("redacts a key that code joins line by line", () => {
    const code = privateKey("RSA PRIVATE KEY")
      .split("\n")
      .map((line) => `"${line}\\n"`)
      .join(" +\n  ");
    expect(redactSecrets(code).text).toBe('"[REDACTED:private_key]\\n"');
  });

  test("counts by kind", () => {
    const [first, second] = [`ghp_${noise(36)}`, `ghp_${noise(40)}`];
    expect(redactSecrets(`${first} ${second} npm_${noise(36)}`).findings).toEqual([
      { kind: "github_token", count: 2 },
      { kind: "npm_token", count: 1 },
    ]);
  });

  test("never throws and is idempotent for any text", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom(...SECRET_SAMPLES.map(({ text }) => text), ...SECRET_SAMPLES.map(({ secret }) => secret)),
      fc.constantFrom(
        "password",
        "=",
        ": ",
        '"',
        "token",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "eyJ",
        "://",
        "@",
        "\n",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = redactSecrets(pieces.join(""));
        expect(redactSecrets(once.text).text).toBe(once.text);
      }),
      { numRuns: 500 },
    );
  });

  // A pattern that is quadratic, or whose run has no bound, does not come back or throws here.
  test.each([
    "a",
    "ghp_aaaaaaaa",
    "eyJ",
    "://",
    "://a:",
    "token",
    "token=",
    'password"',
    "aws key ",
    "login password ",
    "cookie:a=",
    "bearer ",
    "-----BEGIN PRIVATE KEY",
    "-----BEGIN PRIVATE KEY-----A",
    "authorization",
    "--token ",
    "sig=",
    "Q~",
    "[REDACTED:",
    " ",
  ])("manages 4 MB of %j", (unit) => {
    const text = unit.repeat(Math.ceil(4_000_000 / unit.length));
    expect(redactSecrets(text).text.length).toBeLessThanOrEqual(text.length * 2);
  });

  test("redacts a single token of 10 MB to its end", () => {
    expect(redactSecrets(`ghp_${"a".repeat(10_000_000)} end`).text).toBe("[REDACTED:github_token] end");
  });
});
