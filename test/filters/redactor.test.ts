import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createRedactor, type Redactor } from "../../src/filters/index.ts";
import { noise, privateKey, SECRET_SAMPLES } from "./secret-samples.ts";

const source = { tool: "Bash", isUntrusted: false };

function streamed(redactor: Redactor, chunks: readonly string[]): string {
  const stream = redactor.open(source);
  return chunks.map((chunk) => stream.push(chunk)).join("") + stream.end();
}

function split(text: string, size: number): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
}

function escapeSigns(text: string): string {
  return text.replaceAll(/[^\w .-]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

describe("createRedactor() rejects", () => {
  test.each([
    { kind: "Own Kind", hints: ["x"], pattern: /x/g },
    { kind: "own", hints: ["x"], pattern: /x/ },
    { kind: "own", hints: [], pattern: /x/g },
    { kind: "own", hints: [""], pattern: /x/g },
    { kind: "own", hints: ["X"], pattern: /x/gi },
  ])("a rule that could not work: %j", (rule) => {
    expect(() => createRedactor({ rules: [rule] })).toThrow(TypeError);
  });
});

describe("createRedactor()", () => {
  const value = 'p@ss/w?rd+ä "quoted"';
  const redactor = createRedactor({
    values: [value],
    env: { MY_API_KEY: "env-value-0", HOME: "/home/someone", SSH_KEY_PATH: "/home/someone/key", SHORT_TOKEN: "short" },
  });

  test.each([
    ["plain", value],
    ["JSON", JSON.stringify({ value })],
    ["base64", Buffer.from(value).toString("base64")],
    ["base64url", Buffer.from(value).toString("base64url")],
    ["base64 with 1 byte before", Buffer.from(`x${value}`).toString("base64")],
    ["base64 of a pair", Buffer.from(`user:${value}:more`).toString("base64")],
    ["reverse", Array.from(value).toReversed().join("")],
    ["JSON within JSON", JSON.stringify(JSON.stringify({ value }))],
    ["escapes of JSON for every sign", escapeSigns(value)],
    ["HTML", value.replaceAll('"', "&quot;")],
    ["a dump of bytes", [...Buffer.from(value)].map((byte) => byte.toString(16)).join(" ")],
    [
      "a fingerprint's form",
      [...Buffer.from(value)]
        .map((byte) => byte.toString(16))
        .join(":")
        .toUpperCase(),
    ],
    ["escapes of a shell", [...Buffer.from(value)].map((byte) => `\\x${byte.toString(16)}`).join("")],
    ["base64 of UTF-16", Buffer.from(`$x = "${value}"`, "utf16le").toString("base64")],
    ["base32", "OBAHG4ZPO47XEZBLYOSCAITROVXXIZLEEI"],
    ["hex", Buffer.from(value).toString("hex")],
    ["HEX", Buffer.from(value).toString("hex").toUpperCase()],
    ["a URL", encodeURIComponent(value)],
    ["a URL in lower case", encodeURIComponent(value).replaceAll(/%../g, (code) => code.toLowerCase())],
    ["a form", encodeURIComponent(value).replaceAll("%20", "+")],
    ["the environment", "env-value-0"],
  ])("finds a known value in %s", (_name, text) => {
    const { text: redacted, findings } = redactor.apply(`<${text}>`, source);
    expect(redacted).toContain("[REDACTED:known_secret]");
    expect(findings).toEqual([{ filter: "secrets", kind: "known_secret", count: 1 }]);
  });

  test("finds a secret each time, in a text that was clean without it, too", () => {
    const redactor = createRedactor({ values: ["hunter2-hunter2"] });
    for (let round = 0; round < 2; round += 1) {
      expect(redactor.redact("pass ").findings).toEqual([]);
      expect(redactor.redact("pass hunter2-hunter2").text).toBe("pass [REDACTED:known_secret]");
    }
    // More texts than are remembered.
    for (let count = 0; count < 10_000; count += 1) expect(redactor.redact(`text ${count}`).text).toBe(`text ${count}`);
    expect(redactor.redact("pass hunter2-hunter2").text).toBe("pass [REDACTED:known_secret]");
  });

  test("leaves values alone that are short, or name a place", () => {
    const text = "short /home/someone/key /home/someone";
    expect(redactor.apply(text, source).text).toBe(text);
  });

  test("finds each line of a value with several lines", () => {
    const several = createRedactor({ values: ["first-line-1\nsecond-line-2\n"] });
    expect(several.redact("a second-line-2 b first-line-1").text).toBe(
      "a [REDACTED:known_secret] b [REDACTED:known_secret]",
    );
  });

  test("takes more rules", () => {
    const own = createRedactor({ rules: [{ kind: "customer", hints: ["CUST-"], pattern: /CUST-\d{6}/g }] });
    expect(own.redact("CUST-123456").text).toBe("[REDACTED:customer]");
  });

  test("open() holds a beginning back until it is clear", () => {
    const stream = redactor.open(source);
    expect(stream.push("first line\nghp_")).toBe("first line\n");
    expect(stream.push(noise(36))).toBe("");
    expect(stream.push("\nlast")).toBe("[REDACTED:github_token]\n");
    expect(stream.end()).toBe("last");
    expect(stream.end()).toBe("");
  });

  test("open() gives what apply() gives, however the text is split", () => {
    const piece = fc.oneof(
      fc.constantFrom(...SECRET_SAMPLES.map(({ text }) => text), value, "env-value-0"),
      fc.constantFrom(
        "\n",
        "ordinary text\n",
        "x".repeat(5000),
        "\r\n",
        "🙂",
        `npm_${noise(3000)} `,
        privateKey("PRIVATE KEY", "\\n").repeat(20),
      ),
      fc.string({ maxLength: 30 }),
    );
    const text = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(" "));
    const cuts = fc.array(fc.nat(20_000), { maxLength: 30 });
    fc.assert(
      fc.property(text, cuts, (whole, at) => {
        const places = [
          0,
          ...at.map((cut) => cut % (whole.length + 1)).toSorted((left, right) => left - right),
          whole.length,
        ];
        const chunks = places.slice(1).map((place, index) => whole.slice(places[index], place));
        expect(streamed(redactor, chunks)).toBe(redactor.apply(whole, source).text);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [
      "in a long cookie's line",
      `Set-Cookie: id=${noise(30)}; Path=/ ${"x".repeat(10_000)} const token = '${noise(30)}';`,
    ],
    [
      "twice in one",
      `Set-Cookie: id=${noise(30)}; ${"x".repeat(10_000)} token = '${noise(30)}'; secret = '${noise(31)}';`,
    ],
  ])("open() hides a secret that is known by words within another one, %s", (_where, text) => {
    for (const chunks of [[text], [text.slice(0, 9000), text.slice(9000)], [...text]]) {
      expect(streamed(redactor, chunks)).toBe(redactor.apply(text, source).text);
      expect(streamed(redactor, [...chunks, "\nnext"])).toBe(redactor.apply(`${text}\nnext`, source).text);
    }
  });

  test.each(SECRET_SAMPLES)("open() hides $kind in single characters", ({ text, secret }) => {
    const shown = streamed(redactor, [...`line\n${text}\nline`]);
    expect(shown).toBe(redactor.apply(`line\n${text}\nline`, source).text);
    expect(shown).not.toContain(secret);
  });

  test.each([1000, 9000, 100_000])("open() hides a token that is longer than a line, in chunks of %d", (size) => {
    const text = `${"word ".repeat(2000)}ghp_${"a".repeat(300_000)} end`;
    expect(streamed(redactor, split(text, size))).toBe(`${"word ".repeat(2000)}[REDACTED:github_token] end`);
  });

  test.each([7, 4096, 8192, 50_000])("open() hides a key of 200 KB in one line, in chunks of %d", (size) => {
    const body = Array.from({ length: 3000 }, () => noise(64)).join("\\n");
    const text = `{"key":"-----BEGIN PRIVATE KEY-----\\n${body}\\n-----END PRIVATE KEY-----","next":1}`;
    expect(streamed(redactor, split(text, size))).toBe('{"key":"[REDACTED:private_key]","next":1}');
  });

  test("open() hides a key that never ends, and goes on after what looks like one", () => {
    const text = `-----BEGIN PRIVATE KEY-----\n${`${noise(64)}\n`.repeat(1000)}"text"`;
    expect(streamed(redactor, split(text, 1000))).toBe('[REDACTED:private_key]"text"');
  });

  test.each([11, 1000, 8193])("open() hides a key that begins within a long header, in chunks of %d", (size) => {
    const key = privateKey("PRIVATE KEY", String.raw`\n`).replace(noise(64), noise(64).repeat(100));
    const text = `Set-Cookie: session=${noise(30)}; ${"x".repeat(9000)} ${key} after`;
    expect(streamed(redactor, split(text, size))).toBe("Set-Cookie: session=[REDACTED:cookie] after");
  });

  test("open() lets a long line go while it comes", () => {
    const stream = redactor.open(source);
    let released = 0;
    for (let chunk = 0; chunk < 100; chunk += 1) released += stream.push("x ".repeat(5000)).length;
    expect(released).toBeGreaterThan(1_000_000 - 20_000);
  });
});
