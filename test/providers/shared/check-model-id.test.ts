import { describe, expect, it } from "vitest";

import { anthropic } from "../../../src/providers/anthropic/index.ts";
import { google } from "../../../src/providers/google/index.ts";
import { ollama } from "../../../src/providers/ollama/index.ts";
import { openaiCompatible } from "../../../src/providers/openai-compatible/index.ts";
import { openai } from "../../../src/providers/openai/index.ts";

/** What JavaScript may pass. */
const loose = (options: unknown): { readonly model: string } => options as { readonly model: string };

describe("a provider without the id of a model", () => {
  it.each([
    ["anthropic", anthropic],
    ["openai", openai],
    ["google", google],
    ["ollama", ollama],
    ["openaiCompatible", (options: { readonly model: string }) => openaiCompatible({ preset: "groq", ...options })],
  ])("is refused by %s() at once", (name, open) => {
    for (const options of [{}, { model: "" }, { model: 5 }]) {
      expect(() => open(loose(options))).toThrow(new TypeError(`${name}: pass the id of a model, as model`));
    }
    expect(open(loose({ model: "m" }))).toMatchObject({ id: "m" });
  });
});
