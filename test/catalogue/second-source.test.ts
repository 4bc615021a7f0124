import { calcPrice } from "@pydantic/genai-prices";
import { describe, expect, it } from "vitest";
import { listModels, type ModelInfo, priceOf } from "../../src/catalogue/index.ts";

/** Where our table and the second source differ today, checked by hand; what comes new must be looked at. */
const KNOWN_DISAGREEMENTS: readonly string[] = [
  // Ours has the peak price for the whole day; theirs knows the hours.
  "deepseek/deepseek-v4-pro",
  // The names moved on to newer models after their data was made.
  "mistral/mistral-large-latest",
  "mistral/mistral-small-latest",
];

/** Some prices of the second source depend on the hour. */
const TIMESTAMP = new Date("2026-11-20T12:00:00Z");

const MILLION = 1_000_000;

/** The second source names dated models by their undated id, and matches loosely: that must not compare two models. */
function secondOpinion({ id, provider }: ModelInfo, usage: { input: number; output: number }): number | undefined {
  const theirProvider = provider === "xai" ? "x-ai" : provider;
  const found = calcPrice({ input_tokens: usage.input, output_tokens: usage.output }, id, {
    providerId: theirProvider,
    timestamp: TIMESTAMP,
  });
  const undated = id.replace(/-(\d{8}|\d{4}|latest)$/, "");
  return found && [id, undated, `${undated}-0`].includes(found.model.id) ? found.total_price : undefined;
}

describe("models.generated.ts", () => {
  it("agrees with @pydantic/genai-prices but for the known disagreements", () => {
    // Below every tier: both sources agree on the bounds, but not on what they call them.
    const usage = { input: 50_000, output: 10_000, cacheRead: 0, cacheWrite: 0, reasoning: 0 };
    const compared = listModels().flatMap((model) => {
      const theirs = secondOpinion(model, usage);
      const ours = priceOf(usage, model);
      if (theirs === undefined || ours === undefined) return [];
      const agrees = Math.abs(ours - theirs) * MILLION < 1;
      return [{ name: `${model.provider}/${model.id}`, agrees }];
    });
    expect(compared.filter((one) => one.agrees).length).toBeGreaterThan(60);
    expect(compared.filter((one) => !one.agrees).map((one) => one.name)).toEqual(KNOWN_DISAGREEMENTS);
  });
});
