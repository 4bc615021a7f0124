import { describe, expect, it } from "vitest";
import { createCatalogue, defaultModel, extendCatalogue, findModel, listModels } from "../../src/catalogue/index.ts";

const PRICED = { input: 1, output: 2 };

describe("findModel()", () => {
  it.each([
    "",
    "/",
    "anthropic/",
    "/claude-sonnet-5-5",
    "claude-sonnet-5-5-20991231",
    "claude-sonnet-5-6",
    "claude-sonnet",
    "Claude-Sonnet-5-5",
    " claude-sonnet-5-5",
    "gpt-6",
    "gpt-5-2025-08-07",
    "unknown/claude-sonnet-5-5",
    "openai/claude-sonnet-5-5",
    "anthropic/anthropic/claude-sonnet-5-5x",
    "toString",
    "__proto__",
    "constructor/name",
    "__proto__/toString",
  ])("does not take %j for a model that is like it", (id) => {
    expect(findModel(id)).toBeUndefined();
  });

  it.each([
    ["claude-sonnet-5-5", "openai"],
    ["sonnet", "openai"],
    ["anthropic/claude-sonnet-5-5", "openai"],
    ["claude-sonnet-5-5", "azure"],
    ["claude-sonnet-5-5", ""],
    ["toString", "__proto__"],
  ])("does not find %j with the provider %j", (id, provider) => {
    expect(findModel(id, provider)).toBeUndefined();
  });

  it.each([
    ["claude-sonnet-4-20250514", "anthropic", 3, 15],
    ["claude-haiku-4-5-20251001", "anthropic", 1, 5],
    ["gemini-2.5-pro", "google", 1.25, 10],
    ["gpt-4o", "openai", 2.5, 10],
  ])("knows %s", (id, provider, input, output) => {
    expect(findModel(id)).toMatchObject({ id, provider, pricing: { input, output } });
    expect(findModel(id, provider)).toEqual(findModel(id));
    expect(findModel(`${provider}/${id}`)).toEqual(findModel(id));
    expect(findModel(`${provider}/${id}`, provider)).toEqual(findModel(id));
  });

  it.each(["opus", "sonnet", "haiku"])("resolves the alias %s to an id of Anthropic", (alias) => {
    const model = findModel(alias);
    expect(model?.id).toMatch(new RegExp(`^claude-${alias}-`));
    expect(findModel(model?.id ?? "", "anthropic")).toEqual(model);
    expect(findModel(`anthropic/${alias}`)).toEqual(model);
  });

  it("finds an exact id with a slash before it reads the slash as a provider", () => {
    expect(findModel("openai/gpt-oss-120b")?.provider).toBe("groq");
    expect(findModel("groq/openai/gpt-oss-120b")?.provider).toBe("groq");
    expect(findModel("openai/gpt-oss-120b", "openai")).toBeUndefined();
  });

  it("leaves out the price of what the source calls free", () => {
    const gemma = findModel("gemma-4-31b-it", "google");
    expect(gemma).toBeDefined();
    expect(gemma).not.toHaveProperty("pricing");
  });
});

describe("createCatalogue()", () => {
  it.each([
    ["id", { provider: "p", id: "" }],
    ["provider", { provider: " ", id: "m" }],
    ["aliases", { provider: "p", id: "m", aliases: [""] }],
    ["contextWindow", { provider: "p", id: "m", contextWindow: Number.NaN }],
    ["maxOutputTokens", { provider: "p", id: "m", maxOutputTokens: -1 }],
    ["pricing.input", { provider: "p", id: "m", pricing: { input: -1, output: 1 } }],
    ["pricing.output", { provider: "p", id: "m", pricing: { input: 1, output: Number.POSITIVE_INFINITY } }],
    ["pricing.cacheRead", { provider: "p", id: "m", pricing: { ...PRICED, cacheRead: Number.NaN } }],
    [
      "inputTokensAbove",
      { provider: "p", id: "m", pricing: { ...PRICED, tiers: [{ inputTokensAbove: -1, ...PRICED }] } },
    ],
    [
      "pricing.tiers.input",
      { provider: "p", id: "m", pricing: { ...PRICED, tiers: [{ inputTokensAbove: 1, input: -1, output: 1 }] } },
    ],
  ])("refuses an entry with a bad %s and names it", (field, entry) => {
    expect(() => createCatalogue({ models: [entry] })).toThrow(field);
  });

  it("takes the entry of a host over the shipped one, whole", () => {
    const catalogue = extendCatalogue([{ provider: "openai", id: "gpt-4o", pricing: PRICED }]);
    expect(catalogue.findModel("gpt-4o")).toEqual({ provider: "openai", id: "gpt-4o", pricing: PRICED });
    expect(findModel("gpt-4o")?.pricing?.input).toBe(2.5);
  });

  it("calls an id ambiguous when several providers have it", () => {
    const catalogue = createCatalogue({ models: [{ provider: "gateway", id: "gpt-4o", pricing: PRICED }] });
    expect(catalogue.findModel("gpt-4o")).toBeUndefined();
    expect(catalogue.findModel("gpt-4o", "openai")?.pricing?.input).toBe(2.5);
    expect(catalogue.findModel("gateway/gpt-4o")?.pricing?.input).toBe(1);
  });

  it("finds aliases of a host, under their provider only, and lets the last one win", () => {
    const first = createCatalogue({ models: [{ provider: "gateway", id: "a", aliases: ["fast", "sonnet"] }] });
    const second = first.extend([{ provider: "gateway", id: "b", aliases: ["fast"] }]);
    expect(first.findModel("fast")?.id).toBe("a");
    expect(second.findModel("fast")?.id).toBe("b");
    expect(second.findModel("sonnet")?.id).toBe("a");
    expect(second.findModel("sonnet", "anthropic")?.id).toMatch(/^claude-/);
    expect(second.findModel("fast", "openai")).toBeUndefined();
    expect(second.findModel("fast")).not.toHaveProperty("aliases");
  });

  it("is not changed by what the host does to its entries later", () => {
    const tiers = [{ inputTokensAbove: 10, ...PRICED }];
    const catalogue = createCatalogue({ models: [{ provider: "p", id: "m", pricing: { ...PRICED, tiers } }] });
    tiers.pop();
    expect(catalogue.findModel("m")?.pricing?.tiers).toHaveLength(1);
    expect(Object.isFrozen(catalogue.findModel("m")?.pricing)).toBe(true);
  });
});

describe("listModels()", () => {
  it("lists each model once and finds every one of them again", () => {
    const models = listModels();
    expect(new Set(models.map((model) => `${model.provider}/${model.id}`)).size).toBe(models.length);
    expect(models.length).toBeGreaterThan(100);
    for (const model of models) expect(findModel(model.id, model.provider)).toEqual(model);
  });

  it("has sound numbers in every row: reading the cache is not dearer than input, tiers rise", () => {
    for (const { id, provider, pricing, contextWindow = 0, maxOutputTokens = 0 } of listModels()) {
      expect(contextWindow, id).toBeGreaterThan(0);
      expect(maxOutputTokens, id).toBeGreaterThan(0);
      if (pricing === undefined) continue;
      expect(pricing.input + pricing.output, id).toBeGreaterThan(0);
      expect(pricing.cacheRead ?? 0, id).toBeLessThanOrEqual(pricing.input);
      for (const tier of pricing.tiers ?? []) {
        // The source's window of OpenAI's models ends at the cheap tier; the update script puts that right.
        if (provider === "openai") expect(tier.inputTokensAbove, id).toBeLessThan(contextWindow);
        expect(tier.input, id).toBeGreaterThanOrEqual(pricing.input);
      }
    }
  });

  it("adds the models of a host to those of their provider, in order", () => {
    const catalogue = extendCatalogue([{ provider: "xai", id: "a-first" }]);
    expect(catalogue.listModels("xai").map((model) => model.id)[0]).toBe("a-first");
    expect(catalogue.listModels("xai")).toHaveLength(listModels("xai").length + 1);
    expect(catalogue.listModels("nobody")).toEqual([]);
  });
});

describe("defaultModel()", () => {
  it.each(["anthropic", "openai", "google", "groq", "deepseek", "mistral", "xai"])(
    "names a model of %s whose price is known",
    (provider) => {
      expect(findModel(defaultModel(provider) ?? "", provider)?.pricing).toBeDefined();
    },
  );

  it("names one for providers without a table too, and none for strangers", () => {
    expect(defaultModel("ollama")).toBe("llama3.3");
    expect(defaultModel("openrouter")).toBeDefined();
    expect(defaultModel("nobody")).toBeUndefined();
    expect(defaultModel("toString")).toBeUndefined();
  });
});
