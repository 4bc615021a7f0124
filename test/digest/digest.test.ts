import { describe, expect, it } from "vitest";

import { canonicalJson, digestJson, sha256 } from "../../src/digest/index.ts";

describe("canonicalJson()", () => {
  it("orders keys by UTF-16 code units at every depth (RFC 8785, 3.2.3)", () => {
    expect(canonicalJson({ b: [{ z: 1, a: 2 }], "\u20ac": 1, "\r": 2, 1: 3 })).toBe(
      '{"\\r":2,"1":3,"b":[{"a":2,"z":1}],"\u20ac":1}',
    );
  });

  it("writes numbers as ECMAScript does", () => {
    expect(canonicalJson([333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0])).toBe(
      "[333333333.3333333,1e+30,4.5,0.002,1e-27,0]",
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses %s", (value) => {
    expect(() => canonicalJson([value])).toThrow();
  });

  it("refuses what JSON cannot hold", () => {
    expect(() => canonicalJson(undefined as never)).toThrow(TypeError);
  });
});

describe("digestJson()", () => {
  it("is equal for equal values in another order", () => {
    expect(digestJson({ a: 1, b: { c: 2, d: 3 } })).toBe(digestJson({ b: { d: 3, c: 2 }, a: 1 }));
  });

  it("differs when any value differs", () => {
    expect(digestJson({ a: 1 })).not.toBe(digestJson({ a: "1" }));
  });
});

describe("sha256()", () => {
  it("gives the digest of FIPS 180-4's example", () => {
    expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
