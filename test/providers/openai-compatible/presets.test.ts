import { describe, expect, it } from "vitest";

import { HarnessError } from "../../../src/errors/index.ts";
import {
  azure,
  cerebras,
  compatiblePresets,
  deepseek,
  fireworks,
  groq,
  lmstudio,
  mistral,
  openaiCompatible,
  openrouter,
  together,
  vllm,
  xai,
  type CompatiblePresetName,
} from "../../../src/providers/openai-compatible/index.ts";
import type { Model } from "../../../src/spec/index.ts";
import { withHistory } from "../openai/histories.ts";
import { collect, failure, helloRequest, replay, startServer, type SeenRequest } from "../openai/stream-server.ts";

const answer = replay([{ choices: [{ index: 0, delta: { content: "x" }, finish_reason: "stop" }] }, "[DONE]"]);
const functions = { cerebras, deepseek, fireworks, groq, lmstudio, mistral, openrouter, together, vllm, xai };

/** A call to a preset with its address replaced by one on loopback. */
async function see(toModel: (baseUrl: string) => Model, request = helloRequest): Promise<SeenRequest> {
  await using server = await startServer(answer);
  await collect(toModel(server.url), request);
  const [seen] = server.requests;
  if (seen === undefined) throw new Error("nothing was sent");
  return seen;
}

/** Where a model connects, seen by a fetch that does not connect. */
async function addressOf(toModel: (fetch: typeof globalThis.fetch) => Model): Promise<string> {
  let address = "";
  await failure(
    collect(
      toModel((input) => {
        address = input instanceof Request ? input.url : String(input);
        return Promise.reject(new TypeError("fetch failed"));
      }),
    ),
  );
  return address;
}

describe("compatiblePresets", () => {
  it("has a function for each preset", () => {
    expect(Object.keys(compatiblePresets).sort()).toEqual([...Object.keys(functions), "azure"].sort());
  });

  for (const [name, toModel] of Object.entries(functions)) {
    // The keys of `functions` are names of presets: the test above.
    const preset = compatiblePresets[name as CompatiblePresetName];

    it(`${name}() is named so and connects to its own address`, async () => {
      expect(toModel("m")).toMatchObject({ provider: name, id: "m" });
      const address = await addressOf((fetch) => toModel({ model: "m", apiKey: "k", fetch }));
      expect(address).toBe(`${preset.baseUrl}/chat/completions`);
    });

    it(`${name}() ${preset.apiKeyEnv === undefined ? "needs no key" : `demands ${preset.apiKeyEnv}`}`, async () => {
      const env = { OPENAI_API_KEY: "openai's own", OPENAI_ORG_ID: "org" };
      if (preset.apiKeyEnv === undefined) {
        const { headers } = await see((baseUrl) => toModel({ model: "m", baseUrl, env }));
        expect(headers).not.toHaveProperty("authorization");
        return;
      }
      const error = await failure(collect(toModel({ model: "m", env })));
      expect(HarnessError.isInstance(error) && error.code).toBe("credentials_missing");
      expect(String(error)).toContain(preset.apiKeyEnv);
      const { headers } = await see((baseUrl) =>
        toModel({ model: "m", baseUrl, env: { ...env, [preset.apiKeyEnv ?? ""]: "own" } }),
      );
      expect(headers.authorization).toBe("Bearer own");
    });
  }
});

describe("openaiCompatible()", () => {
  it("never sends OpenAI's account to another vendor", async ({ onTestFinished }) => {
    const own = {
      OPENAI_API_KEY: "sk-own",
      OPENAI_ADMIN_KEY: "admin",
      OPENAI_ORG_ID: "org",
      OPENAI_PROJECT_ID: "proj",
      OPENAI_CUSTOM_HEADERS: "X-Secret: s\nX-Two: t",
    };
    const before = { ...process.env };
    onTestFinished(() => {
      for (const name of Object.keys(own)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    });
    Object.assign(process.env, own);
    const { headers } = await see((baseUrl) => openaiCompatible({ model: "m", baseUrl }));
    expect(JSON.stringify(headers)).not.toMatch(/sk-own|admin|org"|proj|x-secret|x-two|authorization/);
  });

  it("sends key, headers and query that it was given", async () => {
    const seen = await see((baseUrl) =>
      openaiCompatible({
        model: "m",
        baseUrl: `${baseUrl}/v1/`,
        apiKeyEnv: "OWN_KEY",
        env: { OWN_KEY: "k" },
        headers: { "X-Own": "1" },
        query: { tenant: "t 1" },
      }),
    );
    expect(seen.headers).toMatchObject({ authorization: "Bearer k", "x-own": "1" });
    expect(seen.url).toMatch(/^\/v1\/chat\/completions\?tenant=t(?:\+|%20)1$/);
  });

  it("sends max_tokens, the role system and no field that only OpenAI knows", async () => {
    const { body } = await see((baseUrl) => openaiCompatible({ model: "m", baseUrl, maxOutputTokens: 7 }), {
      ...withHistory(helloRequest.messages),
      system: "s",
    });
    expect(Object.keys(body).sort()).toEqual(["max_tokens", "messages", "model", "stream", "stream_options", "tools"]);
    expect(body["messages"]).toMatchObject([{ role: "system" }, {}]);
    expect(JSON.stringify(body["tools"])).not.toContain("strict");
  });

  it("takes the name of a preset as provider", async () => {
    const model = openaiCompatible({ provider: "mistral", model: "m", env: {} });
    expect(model.provider).toBe("mistral");
    expect(String(await failure(collect(model)))).toContain("MISTRAL_API_KEY");
  });

  it("lets the host correct a preset", async () => {
    const { body } = await see((baseUrl) =>
      groq({
        model: "m",
        apiKey: "k",
        baseUrl,
        maxOutputTokens: 7,
        dialect: { maxTokensField: "max_tokens", includeUsage: false },
      }),
    );
    expect(body).toHaveProperty("max_tokens", 7);
    expect(body).not.toHaveProperty("stream_options");
  });

  it("throws a TypeError without an address and for an unknown preset", () => {
    expect(() => openaiCompatible({ model: "m" })).toThrow(TypeError);
    // Callers without types pass anything.
    const preset = "gorq" as "groq";
    expect(() => openaiCompatible({ model: "m", preset })).toThrow(/Did you mean "groq"/);
    expect(() => openaiCompatible({ model: "m", preset: "toString" as "groq" })).toThrow(TypeError);
    expect(() => openaiCompatible({ model: "m", preset: "azure" as "groq" })).toThrow(/azure\(/);
  });
});

describe("azure()", () => {
  it("takes a baseUrl without a path for the resource's address, as run() passes it on", async () => {
    const asked = { deployment: "d", apiKey: "k", env: {} };
    const bare = await see((address) => azure({ ...asked, baseUrl: address }));
    const slashed = await see((address) => azure({ ...asked, baseUrl: `${address}/` }));
    const whole = await see((address) => azure({ ...asked, baseUrl: `${address}/gateway/v1` }));
    expect([bare.url, slashed.url, whole.url]).toEqual([
      "/openai/v1/chat/completions",
      "/openai/v1/chat/completions",
      "/gateway/v1/chat/completions",
    ]);
  });

  const options = { deployment: "my gpt", model: "gpt-5", apiKey: "k" };

  it("addresses a deployment under a dated version, with the key in its own header", async () => {
    const seen = await see((endpoint) => azure({ ...options, endpoint: `${endpoint}/`, apiVersion: "2024-10-21" }));
    expect(seen.url).toBe("/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21");
    expect(seen.headers["api-key"]).toBe("k");
    expect(seen.headers).not.toHaveProperty("authorization");
    expect(azure(options)).toMatchObject({ provider: "azure", id: "gpt-5" });
  });

  it("uses the undated API without a version, and reads everything from the environment", async () => {
    const seen = await see((endpoint) =>
      azure({ deployment: "d", env: { AZURE_OPENAI_ENDPOINT: endpoint, AZURE_OPENAI_API_KEY: "env-key" } }),
    );
    expect(seen.url).toBe("/openai/v1/chat/completions");
    expect(seen.body["model"]).toBe("d");
    expect(seen.headers["api-key"]).toBe("env-key");
  });

  it("takes an authorization header instead of a key", async () => {
    const seen = await see((endpoint) =>
      azure({ deployment: "d", endpoint, env: {}, headers: { Authorization: "Bearer entra" } }),
    );
    expect(seen.headers.authorization).toBe("Bearer entra");
    expect(seen.headers).not.toHaveProperty("api-key");
  });

  it("throws codes that name what is missing", async () => {
    const noEndpoint = await failure(collect(azure({ deployment: "d", apiKey: "k", env: {} })));
    expect(noEndpoint).toMatchObject({ code: "config_invalid" });
    expect(String(noEndpoint)).toContain("AZURE_OPENAI_ENDPOINT");
    const noKey = await failure(collect(azure({ deployment: "d", endpoint: "https://x.test", env: {} })));
    expect(noKey).toMatchObject({ code: "credentials_missing" });
  });
});
