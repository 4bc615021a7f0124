import { describe, expect, test } from "vitest";

import { createPiiFilter, redactPii, scanPii, type PiiAction } from "../../src/pii/index.ts";
import { filterConformance, type FilterSample } from "../../src/testing/index.ts";
import { expectConforming } from "../testing/run-cases.ts";

const TEXT = "Ada <ada@example.com>, +44 20 7946 0958, card 4111 1111 1111 1111";

describe("redactPii()", () => {
  test.each<[PiiAction, string]>([
    ["redact", "Ada <[PII:email]>, [PII:phone], card [PII:credit_card]"],
    ["mask", "Ada <a***@example.com>, ***0958, card ***1111"],
    ["block", "[withheld: personal data]"],
  ])("%s", (action, expected) => {
    const { text, findings } = redactPii(TEXT, { action });
    expect(text).toBe(expected);
    expect(findings.map(({ kind }) => kind)).toEqual(["email", "phone", "credit_card"]);
  });

  test("hash gives the same pseudonym for the same data, however it is written, under one key only", () => {
    const hash = (text: string, key = "k"): string => redactPii(text, { action: "hash", key }).text;
    expect(hash("4111 1111 1111 1111")).toMatch(/^\[PII:credit_card:[0-9a-f]{16}\]$/);
    expect(hash("4111 1111 1111 1111")).toBe(hash("4111-1111-1111-1111"));
    expect(hash("ADA@example.com")).toBe(hash("ada@EXAMPLE.com"));
    expect(hash("ada@example.com")).not.toBe(hash("bob@example.com"));
    expect(hash("ada@example.com")).not.toBe(hash("ada@example.com", "other"));
    expect(() => redactPii("ada@example.com", { action: "hash" })).toThrow(TypeError);
  });

  test("mask shows nothing of a secret, nor of what is written in other characters", () => {
    const token = `ghp_${"a1".repeat(18)}`;
    expect(redactPii(`x ${token}`, { action: "mask" }).text).toBe("x [PII:github_token]");
    expect(redactPii("４１１１１１１１１１１１１１１１", { action: "mask" }).text).toBe("[PII:credit_card]");
  });

  test.each([
    ["ada\\u0040example.com", "ada\\u0040example.com"],
    ["to=ada%40example.com&x=1", "ada%40example.com"],
    ["ada&#64;example&period;com", "ada&#64;example&period;com"],
    ["ada\\\\u0040example.com", "ada\\\\u0040example.com"],
    ["ada\\u{40}example.com", "ada\\u{40}example.com"],
    ["ada%2540example.com", "ada%2540example.com"],
    ["ada&#0000064;example.com", "ada&#0000064;example.com"],
    ["ada\u{e0041}@example.com", "ada\u{e0041}@example.com"],
    ["ada\u001b[m\u001b[K@example.com", "ada\u001b[m\u001b[K@example.com"],
    ["x ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ y", "ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ"],
    ["1\u200b23-45-67\u200b89!", "1\u200b23-45-67\u200b89"],
    ["\\n\\t212-555-0123\\n", "212-555-0123"],
    ["ﬁrst@example.com", "ﬁrst@example.com"],
  ])("finds %j as it is written, with its place in the original", (text, expected) => {
    const [finding] = scanPii(text);
    expect(text.slice(finding?.start, finding?.end)).toBe(expected);
    expect(redactPii(text).text).toBe(text.replace(expected, `[PII:${finding?.kind}]`));
  });

  test("names only by a detector of the host, which sees the plain form", () => {
    const names = (text: string): [number, number][] =>
      [...text.matchAll(/Ada Lovelace/g)].map(({ index }) => [index, index + 12]);
    expect(redactPii("Ada Lovelace", {}).text).toBe("Ada Lovelace");
    expect(redactPii("Dear Ａda Lovelace!", { detectors: { person: names } }).text).toBe("Dear [PII:person]!");
  });

  test("takes time that grows with the text alone", () => {
    for (const piece of ["1-", "+1 ", "a@", "4111 ", "AA11", "(212) ", "x.@", "\\u0041", "%41", "１"]) {
      const text = piece.repeat(100_000);
      const from = process.cpuUsage();
      scanPii(text);
      const { user } = process.cpuUsage(from);
      // A quadratic one would take minutes.
      expect(user / 1000, piece).toBeLessThan(10_000);
    }
  });
});

const SAMPLES: readonly FilterSample[] = [
  {
    text: `${TEXT}\nand 123-45-6789 on the next line\n`,
    hidden: ["ada@example.com", "4111 1111 1111 1111", "123-45-6789"],
  },
  { text: `${"word ".repeat(3000)}ada@example.com behind a long line`, hidden: ["ada@example.com"] },
  {
    text: `${"x".repeat(9000)} DE89 3704 0044 0532 0130 00 and more ${"y ".repeat(5000)}`,
    hidden: ["DE89 3704 0044 0532 0130 00"],
  },
  { text: `Telefon: 030 901820\r\n${"1234 ".repeat(4000)}ada&#64;example.com`, hidden: ["030 901820"] },
];
expectConforming("createPiiFilter()", filterConformance(createPiiFilter(), SAMPLES));
expectConforming("createPiiFilter() with mask", filterConformance(createPiiFilter({ action: "mask" }), SAMPLES));
expectConforming("createPiiFilter() with block", filterConformance(createPiiFilter({ action: "block" }), SAMPLES));

describe("createPiiFilter()", () => {
  test("refuses options that could not work", () => {
    expect(() => createPiiFilter({ action: "hash" })).toThrow(TypeError);
    expect(() => createPiiFilter({ kinds: ["shoe_size" as never] })).toThrow(TypeError);
  });

  test("block shows no stream before it is whole", () => {
    expect(createPiiFilter({ action: "block" }).open).toBeUndefined();
  });
});
