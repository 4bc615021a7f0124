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
function secondOpinion(
  { id, provider }: ModelInfo,
  usage: {
    readonly input: number;
    readonly output: number;
    readonly written?: number;
    readonly writtenForHour?: number;
  },
): number | undefined {
  const theirProvider = provider === "xai" ? "x-ai" : provider;
  const { input, output, written = 0, writtenForHour = 0 } = usage;
  const counts = {
    input_tokens: input,
    output_tokens: output,
    ...(written > 0 ? { cache_write_tokens: written } : {}),
    ...(writtenForHour > 0 ? { cache_write_tokens: writtenForHour, cache_write_1h_tokens: writtenForHour } : {}),
  };
  const found = calcPrice(counts, id, {
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

  it.each([
    ["five minutes", { written: 40_000 }, { cacheWrite: 40_000 }],
    ["an hour", { writtenForHour: 40_000 }, { cacheWrite: 40_000, cacheWrite1h: 40_000 }],
  ])("agrees on what Anthropic's cache costs when it keeps a prompt for %s", (_time, theirs, ours) => {
    const usage = { input: 50_000, output: 0, cacheRead: 0, reasoning: 0, ...ours };
    const compared = listModels("anthropic").flatMap((model) => {
      const second = secondOpinion(model, { input: 50_000, output: 0, ...theirs });
      const first = priceOf(usage, model);
      return second === undefined || first === undefined ? [] : [[model.id, first.toFixed(6), second.toFixed(6)]];
    });
    expect(compared.length).toBeGreaterThan(8);
    expect(compared.filter(([, first, second]) => first !== second)).toEqual([]);
  });
});
