import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";

import { ProviderError } from "../../../src/errors/index.ts";
import { keepAliveFetch } from "../../../src/net/index.ts";
import { anthropic } from "../../../src/providers/anthropic/index.ts";
import { azure, openaiCompatible } from "../../../src/providers/openai-compatible/index.ts";
import { openai } from "../../../src/providers/openai/index.ts";
import type { Model } from "../../../src/spec/index.ts";
import { findDeadUrl, openServer, type SeenRequest } from "../../net/loopback-server.ts";
import { runsSources } from "../../runs-sources.ts";

/** What a model is made with: a `fetch` of the host leads its requests through the SDK. */
interface Connection {
  readonly baseUrl: string;
  readonly fetch?: typeof fetch;
}

const key = { apiKey: "key-1", env: {} };
const headers = {
  "anthropic-beta": "a,b",
  "X-Own": "1",
  "User-Agent": "own/1",
  "x-stainless-helper": "one, two",
  Host: "elsewhere",
  "accept-encoding": " gzip\n",
};

const cases: readonly (readonly [string, (connection: Connection) => Model])[] = [
  ["anthropic()", (connection) => anthropic({ model: "m", ...key, ...connection })],
  [
    "anthropic() with a token",
    (connection) => anthropic({ model: "m", env: { ANTHROPIC_AUTH_TOKEN: "t" }, ...connection }),
  ],
  [
    "anthropic() with headers and a path",
    ({ baseUrl, ...rest }) => anthropic({ model: "m", ...key, headers, ...rest, baseUrl: `${baseUrl}/proxy/a b/` }),
  ],
  [
    "anthropic() with a key in a header",
    (connection) =>
      anthropic({ model: "m", ...key, headers: { Authorization: "own", "x-api-key": "k" }, ...connection }),
  ],
  [
    "anthropic() with a query in its address",
    ({ baseUrl, ...rest }) => anthropic({ model: "m", ...key, ...rest, baseUrl: `${baseUrl}/?a=b` }),
  ],
  ["openai()", (connection) => openai({ model: "gpt-5", ...key, ...connection })],
  ["openai() with api chat", (connection) => openai({ model: "gpt-5", api: "chat", ...key, ...connection })],
  [
    "openai() with an account and headers",
    (connection) => {
      const env = { OPENAI_API_KEY: "k", OPENAI_ORG_ID: "org", OPENAI_PROJECT_ID: "proj" };
      return openai({ model: "gpt-5", env, headers, ...connection });
    },
  ],
  ["openaiCompatible() without a key", (connection) => openaiCompatible({ model: "m", env: {}, ...connection })],
  [
    "openaiCompatible() with a query and a path",
    ({ baseUrl, ...rest }) =>
      openaiCompatible({ model: "m", ...key, query: { a: "b-1", c: "2" }, ...rest, baseUrl: `${baseUrl}/v1/` }),
  ],
  [
    "openaiCompatible() with a query that must be encoded",
    (connection) => openaiCompatible({ model: "m", ...key, query: { a: "b c&d" }, ...connection }),
  ],
  [
    "azure() under a dated version",
    ({ baseUrl, ...rest }) =>
      azure({ deployment: "d", ...key, apiVersion: "2026-01-01", endpoint: baseUrl, ...rest, baseUrl }),
  ],
];

async function failureOf(model: Model): Promise<ProviderError> {
  const request = { messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }], tools: [] } as const;
  try {
    for await (const _part of model.stream(request, { signal: new AbortController().signal }));
  } catch (error) {
    if (ProviderError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The request that reaches a server which refuses it. */
async function requestOf(toModel: (url: string) => Model): Promise<SeenRequest> {
  await using server = await openServer((response) => void response.writeHead(400).end());
  await failureOf(toModel(server.url));
  const [request] = server.requests;
  if (request === undefined || server.requests.length > 1) throw new Error("not one request");
  const host = server.url.endsWith(`/${request.headers.host ?? ""}`) ? "here" : request.headers.host;
  return { ...request, headers: { ...request.headers, host } };
}

describe("besideSdk()", () => {
  // Fails when a new version of an SDK sends something else: then the adapter must follow.
  it.each(cases)("sends the head and body that the SDK sends for %s", async (_name, toModel) => {
    let sdkCalls = 0;
    const counted: typeof fetch = (input, init) => {
      sdkCalls += 1;
      return keepAliveFetch(input, init);
    };
    const expected = await requestOf((baseUrl) => toModel({ baseUrl, fetch: counted }));
    const { method, url, headers: head, text: body } = await requestOf((baseUrl) => toModel({ baseUrl }));
    expect({ method, url, head, body }).toEqual({
      method: expected.method,
      url: expected.url,
      head: expected.headers,
      body: expected.text,
    });
    expect(sdkCalls).toBe(1);
    expect(head["x-stainless-package-version"]).toMatch(/^\d+\.\d+\.\d+/);
  });

  const words = { type: "some_error", code: "some_code", message: "the words" };
  const bodies: readonly (readonly [string, string])[] = [
    ["the vendor's form", JSON.stringify({ type: "error", error: words, request_id: "r" })],
    ["nothing", ""],
    ["a proxy's page", "<html>Bad gateway</html>"],
    ["a list", "[1]"],
  ];
  const failures = [307, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 529].flatMap((status) =>
    bodies.map(([name, body]) => [status, name, body] as const),
  );

  describe.each([
    ["anthropic()", (connection: Connection) => anthropic({ model: "m", ...key, ...connection })],
    ["openai()", (connection: Connection) => openai({ model: "gpt-5", ...key, ...connection })],
  ] as const)("%s", (_name, toModel) => {
    it.each(failures)("throws what the SDK throws for status %i with %s", async (status, _body, body) => {
      await using server = await openServer((response) => {
        response.writeHead(status, { "request-id": "r1", "x-request-id": "r2", "retry-after": "3" }).end(body);
      });
      const expected = await failureOf(toModel({ baseUrl: server.url, fetch: keepAliveFetch }));
      const error = await failureOf(toModel({ baseUrl: server.url }));
      expect(server.requests).toHaveLength(2);
      const { isRetryable, retryAfterMs, status: seen } = expected;
      expect(error).toMatchObject({ isRetryable, retryAfterMs, status: seen });
      expect(seen).toBe(status);
      expect(error.message).toBe(expected.message);
      expect(error.cause).toBeInstanceOf(Error);
      expect((error.cause as Error).constructor).toBe((expected.cause as Error).constructor);
      expect((error.cause as Error).message).toBe((expected.cause as Error).message);
      expect(comparable(error.cause)).toEqual(comparable(expected.cause));
    });

    it("throws what the SDK throws when nobody listens", async () => {
      const baseUrl = await findDeadUrl();
      const expected = await failureOf(toModel({ baseUrl, fetch: keepAliveFetch }));
      const error = await failureOf(toModel({ baseUrl }));
      expect(error.message).toBe(expected.message);
      expect(error.isRetryable).toBe(true);
      expect((error.cause as Error).constructor).toBe((expected.cause as Error).constructor);
    });
  });

  it.each([
    ["a key", { apiKey: "two\nlines" }],
    ["a header", { headers: { "x-own": "a\u0000b" } }],
    ["a header's name", { headers: { "x own": "1" } }],
    ["a header beyond Latin-1", { headers: { "x-own": "\u{1F600}" } }],
  ])("throws what the SDK throws for %s that no request may hold", async (_what, options) => {
    await using server = await openServer((response) => void response.end());
    const make = (extra: object): Model => anthropic({ model: "m", ...key, baseUrl: server.url, ...options, ...extra });
    const expected = await failureOf(make({ fetch: keepAliveFetch }));
    const error = await failureOf(make({}));
    expect([error.message, error.isRetryable]).toEqual([expected.message, expected.isRetryable]);
    expect(server.requests).toHaveLength(0);
  });

  it("throws the errors of the SDKs' own classes", async () => {
    await using server = await openServer((response) => void response.writeHead(429).end());
    const { url: baseUrl } = server;
    expect((await failureOf(anthropic({ model: "m", ...key, baseUrl }))).cause).toBeInstanceOf(
      Anthropic.RateLimitError,
    );
    expect((await failureOf(openai({ model: "m", ...key, baseUrl }))).cause).toBeInstanceOf(OpenAI.RateLimitError);
  });

  it.skipIf(!runsSources).each([
    ["anthropic", "@anthropic-ai/sdk"],
    ["openai", "openai"],
  ])(
    "loads nothing of %s's SDK but its version (skipped on Node 22, which does not know `using`)",
    async (name, sdk) => {
      await using server = await openServer((response) => void response.writeHead(200).end("data: {}\n\n"));
      const loaded = await run(LOADED, [name, new URL("../../../src/", import.meta.url).href, server.url]);
      expect(server.requests).toHaveLength(1);
      const files = (JSON.parse(loaded) as string[]).filter((url) => url.includes(`node_modules/${sdk}/`));
      expect(files.map((url) => url.slice(url.lastIndexOf("/") + 1))).toEqual(["version.mjs"]);
    },
  );
});

/** The fields of an SDK's error; what differs in each answer is left out. */
function comparable(error: unknown): unknown {
  const { headers: answerHeaders, ...fields } = { ...(error as { headers?: Headers }) };
  const kept = [...(answerHeaders ?? [])].filter(([name]) => name !== "date");
  return { ...fields, headers: kept };
}

/** Prints the modules that one answer loads. */
const LOADED = `
  import { registerHooks } from "node:module";
  const [name, source, baseUrl] = process.argv.slice(1);
  const loaded = [];
  registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
  const { [name]: make } = await import(source + "providers/" + name + "/index.ts");
  const model = make({ model: "m", apiKey: "k", baseUrl, env: {} });
  const messages = [{ role: "user", content: [{ type: "text", text: "hello" }] }];
  const stream = model.stream({ messages, tools: [] }, { signal: new AbortController().signal });
  await stream[Symbol.asyncIterator]().next().catch(() => {});
  console.log(JSON.stringify(loaded));
  process.exit(0);
`;

async function run(code: string, words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", code, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return await text(child.stdout);
}
