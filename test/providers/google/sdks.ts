import { GoogleGenAI } from "@google/genai";
import { GoogleGenerativeAI } from "@google/generative-ai";

import { google, type GoogleOptions } from "../../../src/providers/google/index.ts";
import type { Model } from "../../../src/spec/index.ts";

/** A way to the API. */
export interface Sdk {
  readonly name: string;
  /** A model that talks to a server, with nothing from the environment. */
  readonly toModel: (url: string, options?: Partial<GoogleOptions>) => Model;
}

export const KEY = "AIza-test-1234567890";

/** The adapter's own client and one of each package that a host may pass. */
export const sdks: readonly Sdk[] = [
  {
    name: "its own client",
    toModel: (baseUrl, options) => google({ model: "gemini-3-pro", apiKey: KEY, baseUrl, env: {}, ...options }),
  },
  {
    name: "a client of @google/genai",
    toModel: (baseUrl, options) =>
      google({
        model: "gemini-3-pro",
        client: new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl, apiVersion: "v1beta" } }),
        ...options,
      }),
  },
  {
    name: "a client of @google/generative-ai",
    toModel: (baseUrl, options) =>
      google({ model: "gemini-3-pro", client: new GoogleGenerativeAI(KEY), baseUrl, ...options }),
  },
];

/** A chunk of an answer as the API sends it. */
export function chunk(parts: readonly object[], more: object = {}): object {
  return { candidates: [{ content: { parts, role: "model" }, index: 0, ...more }] };
}

export const HI = chunk([{ text: "hi" }]);
export const END = {
  ...chunk([{ text: "" }], { finishReason: "STOP" }),
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
};
