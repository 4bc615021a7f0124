import { LLMock, type Fixture } from "@copilotkit/aimock";

import { anthropic } from "../../src/providers/anthropic/index.ts";
import { google } from "../../src/providers/google/index.ts";
import { ollama } from "../../src/providers/ollama/index.ts";
import { openai } from "../../src/providers/openai/index.ts";
import { openaiCompatible } from "../../src/providers/openai-compatible/index.ts";
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
];

/** A vendors' server of somebody else's making, with answers for prompts. */
export async function openVendors(fixtures: readonly Fixture[]): Promise<LLMock & AsyncDisposable> {
  const mock = new LLMock({ port: 0, chunkSize: 6 });
  mock.addFixtures([...fixtures]);
  await mock.start();
  return Object.assign(mock, { [Symbol.asyncDispose]: () => mock.stop() });
}
