import { describe, expect, it } from "vitest";

import { Router, type RouterOptions } from "../../src/router/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";

const models = [scriptedModel([], { id: "one" }), scriptedModel([], { id: "two" })];

describe("new Router() refuses what would not hold", () => {
  it.each([
    [{ fallbackchain: [] }, /Did you mean "fallbackChain"/],
    [{ constraints: { region: ["eu"] } }, /Did you mean "regions"/],
    [{ constraints: { maxInputprice: 1 } }, /Did you mean "maxInputPrice"/],
    [{ constraints: { traits: { scripted: { regions: "eu" } } } }, /Did you mean "region"/],
  ])("%j", (options, message) => {
    expect(() => new Router({ models, ...options } as RouterOptions)).toThrow(message);
    expect(() => new Router({ models, ...options } as RouterOptions)).toThrow(TypeError);
  });

  it.each([
    { fallbackChain: ["scripted", "two", "scripted/one", ...models] },
    { simpleTaskModel: "scripted/two" },
    { constraints: () => true },
    { constraints: { regions: ["eu"], traits: { scripted: { region: "eu", clearedFor: [] } } } },
  ])("and takes what is meant: %j", (options) => {
    expect(() => new Router({ models, ...options })).not.toThrow();
  });
});
