import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { LLMock, type Fixture } from "@copilotkit/aimock";

import type { RunOptions } from "../../src/index.ts";
import { aiSdk } from "../../src/providers/ai-sdk/index.ts";
import { anthropic } from "../../src/providers/anthropic/index.ts";
import { google } from "../../src/providers/google/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openai } from "../../src/providers/openai/index.ts";
import { azure, openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
import type { Model } from "../../src/spec/index.ts";

/** A vendor as `run()` knows it, and where its protocol begins on a server that speaks all of them. */
export interface Vendor {
  /** The option `provider`. */
  readonly name: string;
  readonly model: string;
  readonly baseUrl: (url: string) => string;
  /** The vendor's model for a router. */
  readonly toModel: (url: string) => Model;
}

const KEY = { apiKey: "test", env: {} } as const;

export const vendors: readonly Vendor[] = [
  {
    name: "anthropic",
    model: "claude-sonnet-5-5",
    baseUrl: (url) => url,
    toModel: (url) => anthropic({ model: "claude-sonnet-5-5", baseUrl: url, ...KEY }),
  },
  {
    name: "openai",
    model: "gpt-5.5",
    baseUrl: (url) => `${url}/v1`,
    toModel: (url) => openai({ model: "gpt-5.5", baseUrl: `${url}/v1`, ...KEY }),
  },
  {
    name: "openai-chat",
    model: "gpt-5.5",
    baseUrl: (url) => `${url}/v1`,
    toModel: (url) => openai({ model: "gpt-5.5", api: "chat", baseUrl: `${url}/v1`, ...KEY }),
  },
  {
    name: "google",
    model: "gemini-3-pro",
    baseUrl: (url) => url,
    toModel: (url) => google({ model: "gemini-3-pro", baseUrl: url, ...KEY }),
  },
  {
    name: "ollama",
    model: "qwen3",
    baseUrl: (url) => url,
    toModel: (url) => ollama({ model: "qwen3", baseUrl: url, env: {} }),
  },
  {
    name: "openai-compatible",
    model: "house-model",
    baseUrl: (url) => `${url}/v1`,
    toModel: (url) => openaiCompatible({ model: "house-model", baseUrl: `${url}/v1`, ...KEY }),
  },
  {
    name: "groq",
    model: "llama-3.3-70b-versatile",
    baseUrl: (url) => `${url}/v1`,
    toModel: (url) =>
      openaiCompatible({ preset: "groq", model: "llama-3.3-70b-versatile", baseUrl: `${url}/v1`, ...KEY }),
  },
  {
    name: "azure",
    model: "gpt-5.5",
    baseUrl: (url) => `${url}/openai/deployments/gpt-5.5`,
    toModel: (url) => azure({ deployment: "gpt-5.5", endpoint: url, apiVersion: "2026-01-01", ...KEY }),
  },
];

/** A way to call a model: a vendor by its name, or a model that the host made. */
export interface Caller {
  readonly name: string;
  readonly options: (url: string) => Pick<RunOptions, "provider" | "model" | "baseUrl">;
  readonly toModel: (url: string) => Model;
}

const aiSdkModel = (url: string): Model =>
  aiSdk(createOpenAICompatible({ name: "house", baseURL: `${url}/v1`, apiKey: "test", includeUsage: true })("qwen3"));

/** All ways to call a model. */
export const callers: readonly Caller[] = [
  ...vendors.map(({ name, model, baseUrl, toModel }) => ({
    name,
    options: (url: string) => ({ provider: name, model, baseUrl: baseUrl(url) }),
    toModel,
  })),
  { name: "ai-sdk", options: (url) => ({ model: aiSdkModel(url) }), toModel: aiSdkModel },
];

/** A vendors' server of somebody else's making, with answers for prompts. */
export async function openVendors(fixtures: readonly Fixture[]): Promise<LLMock & AsyncDisposable> {
  const mock = new LLMock({ port: 0, chunkSize: 6 });
  mock.addFixtures([...fixtures]);
  await mock.start();
  return Object.assign(mock, { [Symbol.asyncDispose]: () => mock.stop() });
}
