import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findModel, type ModelInfo, priceOf, type Pricing, type Usage } from "../../src/catalogue/index.ts";

const PRICING = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };

function usage(parts: Partial<Usage> = {}): Usage {
  return { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0, ...parts };
}

function model(pricing?: Pricing): ModelInfo {
  return { id: "m", provider: "p", ...(pricing === undefined ? {} : { pricing }) };
}

describe("priceOf()", () => {
  it("takes the id of a shipped model for the model", () => {
    const used = usage({ input: 1000, output: 1000 });
    expect(priceOf(used, "claude-sonnet-4-20250514")).toBe(priceOf(used, findModel("claude-sonnet-4-20250514")));
    expect(priceOf(used, "claude-sonnet-4-20250514")).toBeGreaterThan(0);
    expect(priceOf(used, "nobody-knows")).toBeUndefined();
  });

  it("does not know the price of an unknown model, nor of one without prices", () => {
    expect(priceOf(usage({ input: 1000 }), undefined)).toBeUndefined();
    expect(priceOf(usage({ input: 1000 }), model())).toBeUndefined();
  });

  it.each([
    ["NaN", { input: Number.NaN }],
    ["a negative number", { output: -1 }],
    ["a fraction", { input: 1.5 }],
    ["infinity", { output: Number.POSITIVE_INFINITY }],
    ["a negative cache", { input: 10, cacheRead: -5 }],
  ])("does not know the price of a usage with %s", (_, parts) => {
    expect(priceOf(usage(parts), model(PRICING))).toBeUndefined();
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])("does not reckon with a price of %s", (input) => {
    expect(priceOf(usage({ input: 1 }), model({ input, output: 1 }))).toBeUndefined();
  });

  it.each<[string, Partial<Usage>, Pricing, number]>([
    ["nothing used", {}, PRICING, 0],
    ["input and output", { input: 1_000_000, output: 1_000_000 }, PRICING, 18],
    [
      "cached parts at their own prices",
      { input: 1_000_000, cacheRead: 600_000, cacheWrite: 100_000 },
      PRICING,
      0.9 + 0.18 + 0.375,
    ],
    [
      "cached parts as input where they have no price",
      { input: 1000, cacheRead: 400, cacheWrite: 600 },
      { input: 2, output: 9 },
      0.002,
    ],
    ["reasoning as part of the output", { output: 1000, reasoning: 900 }, PRICING, 0.015],
    ["more cached than input: the cached parts in full", { input: 10, cacheRead: 100 }, PRICING, 0.00003],
    ["a price below a nano-dollar, rounded up", { input: 1 }, { input: 0.0001, output: 0 }, 1e-9],
    ["very many tokens, exactly", { input: 9_000_000_000 }, { input: 150, output: 600 }, 1_350_000],
  ])("charges %s", (_, parts, pricing, expected) => {
    expect(priceOf(usage(parts), model(pricing))).toBe(expected);
  });

  it.each([
    [200_000, 0.2],
    [200_001, 0.400002],
    [500_000, 1],
    [500_001, 1.500003],
  ])("takes the last tier that %i input tokens are above, however the tiers are sorted", (input, expected) => {
    const tiers = [
      { inputTokensAbove: 500_000, input: 3, output: 1 },
      { inputTokensAbove: 200_000, input: 2, output: 1 },
    ];
    for (const order of [tiers, tiers.toReversed()]) {
      expect(priceOf(usage({ input }), model({ input: 1, output: 1, tiers: order }))).toBe(expected);
    }
  });

  it("counts the cached part of the input for the tier, and does not take cache prices of a lower tier", () => {
    const pricing = { ...PRICING, tiers: [{ inputTokensAbove: 1000, input: 6, output: 30 }] };
    expect(priceOf(usage({ input: 2000, cacheRead: 2000 }), model(pricing))).toBe(0.012);
  });

  it("charges the seed's models as their vendor does", () => {
    const parts = usage({ input: 10_000, output: 2000, cacheRead: 8000 });
    expect(priceOf(parts, findModel("claude-sonnet-4-20250514"))).toBe(0.006 + 0.0024 + 0.03);
  });

  it("always sums up exactly: parts priced apart are the whole", () => {
    const tokens = fc.integer({ min: 0, max: 10_000_000 });
    const price = fc.integer({ min: 0, max: 100_000 }).map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(tokens, tokens, price, price, (input, output, inputPrice, outputPrice) => {
        const priced = model({ input: inputPrice, output: outputPrice });
        const nanos = (part: Partial<Usage>): number => Math.round((priceOf(usage(part), priced) ?? Number.NaN) * 1e9);
        expect(nanos({ input, output })).toBe(nanos({ input }) + nanos({ output }));
      }),
    );
  });

  it("never makes a dearer usage cheaper", () => {
    const tokens = fc.integer({ min: 0, max: 2_000_000 });
    const priced = findModel("gpt-5.5", "openai");
    fc.assert(
      fc.property(tokens, tokens, tokens, (input, more, output) => {
        const less = priceOf(usage({ input, output }), priced) ?? Number.NaN;
        expect(priceOf(usage({ input: input + more, output }), priced)).toBeGreaterThanOrEqual(less);
      }),
    );
  });
});
