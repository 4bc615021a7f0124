import { describe, expect, test } from "vitest";

import { redactPii, scanPii } from "../../src/pii/index.ts";

describe("scanPii() finds nothing in", () => {
  test.each([
    "",
    "a normal sentence",
    "just normal text",
    "version 1.2.3.4",
    "1700000000",
    "1700000000123456",
    "4111 1111 1111 1112",
    "000-00-0000",
    "666-12-3456",
    "912-34-5678",
    "123-00-4567",
    "123-45-0000",
    "git@github.com:o/r.git",
    "npm install @scope/package@1.2.3",
    "noreply@example.com",
    "icon@2x.png",
    "import x from './a@b.js'",
    "550e8400-e29b-41d4-a716-446655440000",
    "89184e7d3c1a9b2f4e5d6c7b8a9f0e1d2c3b4a59",
    "2024-01-01T00:00:00+10:00",
    "+1700000000",
    "-1234567890\n+1234567890",
    "x = a + 12345678",
    "10.123.456.7890",
    "0x4111111111111111",
    "3.4111111111111111",
    "4111111111111111111111",
    "DE89370400440532013001",
    "XX89370400440532013000",
    "lat 52.520008, long 13.404954",
    "2024-555-1234567",
    "localhost:8080",
  ])("%j", (text) => {
    expect(scanPii(text)).toEqual([]);
  });
});

describe("scanPii()", () => {
  test.each([
    ["user@example.com", "email"],
    ["first.last+tag@mail.example.co.uk", "email"],
    ["555-123-4567", "phone_us"],
    ["(212) 555-0123", "phone_us"],
    ["1-212-555-0123", "phone_us"],
    ["+44 20 7946 0958", "phone"],
    ["+49 (0)30 901820", "phone"],
    ["+442079460958", "phone"],
    ["123-45-6789", "ssn"],
    ["4111 1111 1111 1111", "credit_card"],
    ["4111111111111111", "credit_card"],
    ["5500-0000-0000-0004", "credit_card"],
    ["378282246310005", "credit_card"],
    ["30569309025904", "credit_card"],
    ["DE89370400440532013000", "iban"],
    ["GB82 WEST 1234 5698 7654 32", "iban"],
    ["NO9386011117947", "iban"],
    ["AKIAIOSFODNN7EXAMPLE", "aws_access_key"],
    [`ghp_${"a1".repeat(18)}`, "github_token"],
    [`xoxb-${"1a".repeat(10)}`, "slack_token"],
    [`eyJ${"a1".repeat(10)}.eyJ${"b2".repeat(10)}.${"c3".repeat(10)}`, "jwt"],
    ["-----BEGIN RSA PRIVATE KEY-----", "private_key_header"],
  ])("finds %s as %s, with its place", (secret, kind) => {
    const text = `before ${secret} after, AND MORE.`;
    expect(scanPii(text)).toEqual([{ kind, start: 7, end: 7 + secret.length }]);
    expect(scanPii(`"${secret}"`)).toEqual([{ kind, start: 1, end: 1 + secret.length }]);
  });

  test("finds a key that is assigned", () => {
    expect(scanPii(`api_key=sk_${"test_a1B2c3D4e5F6g7H8"}`)).toEqual([{ kind: "generic_api_key", start: 8, end: 32 }]);
  });

  test("finds all of several", () => {
    expect(scanPii("a@example.com, b@example.org, 123-45-6789").map(({ kind }) => kind)).toEqual([
      "email",
      "email",
      "ssn",
    ]);
  });

  test("looks for chosen kinds and own patterns", () => {
    expect(scanPii("user@example.com 123-45-6789", { kinds: ["ssn"] }).map(({ kind }) => kind)).toEqual(["ssn"]);
    expect(scanPii("10.0.0.1", { kinds: ["ip_address"] })).toEqual([{ kind: "ip_address", start: 0, end: 8 }]);
    expect(scanPii("version 1.2.3.4 and 1.2.3.400", { kinds: ["ip_address"] })).toEqual([]);
    expect(scanPii("CUST-123456", { custom: { customer: /CUST-\d{6}/ } })).toEqual([
      { kind: "customer", start: 0, end: 11 },
    ]);
  });

  test("rejects an unknown kind", () => {
    // @ts-expect-error a kind that does not exist
    expect(() => scanPii("x", { kinds: ["name"] })).toThrow(TypeError);
    // @ts-expect-error a name that every object has
    expect(() => scanPii("x", { kinds: ["constructor"] })).toThrow(TypeError);
  });

  test.each([
    "a",
    "a@",
    "a.",
    "1",
    "1 ",
    "1-",
    "+1 ",
    "(212) ",
    "DE89",
    "A1",
    "123-",
    "eyJ",
    "api_key=",
    "@a.",
    " ",
    "4111 ",
    "\\\\",
    "%25",
    "&#0",
    "\u001b[1;",
    "a@b/",
  ])("manages 2 MB of %j", (unit) => {
    expect(scanPii(unit.repeat(Math.ceil(2_000_000 / unit.length)))).toBeInstanceOf(Array);
  });
});

describe("redactPii()", () => {
  test("replaces what was found and is the same when done twice", () => {
    const { text, findings } = redactPii("Mail user@example.com or call +44 20 7946 0958.");
    expect(text).toBe("Mail [PII:email] or call [PII:phone].");
    expect(findings.map(({ kind }) => kind)).toEqual(["email", "phone"]);
    expect(redactPii(text).text).toBe(text);
  });
});

test("scanPii() asks numbering plans about so many numbers of a text, and takes the others for what they look like", () => {
  const line = "phone 12345678\n";
  expect(scanPii(line)).toEqual([]);
  const found = scanPii(line.repeat(10_002));
  expect(found.map(({ kind }) => kind)).toEqual(["phone_us", "phone_us"]);
});
