import { describe, expect, it } from "vitest";

import { findOllama } from "../../../src/providers/ollama/index.ts";
import { findDeadUrl, openRawServer, openServer } from "../../net/loopback-server.ts";

const TAGS = { models: [{ name: "qwen3:latest", model: "qwen3:latest", size: 1 }, { name: "old" }, { size: 2 }] };

describe("findOllama()", () => {
  it.each([
    ["baseUrl", (url: string) => ({ baseUrl: `${url}/`, env: {} })],
    ["OLLAMA_HOST", (url: string) => ({ env: { OLLAMA_HOST: new URL(url).host } })],
    ["OLLAMA_HOST as a server has it", (url: string) => ({ env: { OLLAMA_HOST: `0.0.0.0:${new URL(url).port}` } })],
    ["OLLAMA_HOST as a port", (url: string) => ({ env: { OLLAMA_HOST: `:${new URL(url).port}` } })],
  ])("lists the models of the server that %s names", async (_name, toOptions) => {
    await using server = await openServer((response) => void response.end(JSON.stringify(TAGS)));
    const found = await findOllama({ ...toOptions(server.url), timeoutMs: 10_000 });
    expect(found).toEqual({ baseUrl: server.url, models: ["qwen3:latest", "old"] });
    expect(server.requests[0]).toMatchObject({ method: "GET", url: "/api/tags" });
  });

  it.each([
    ["another program's page", 200, "<html>"],
    ["other JSON", 200, '{"models":7}'],
    ["null", 200, "null"],
    ["an error", 500, JSON.stringify(TAGS)],
    ["a redirect", 302, "{}"],
  ])("finds nothing where the port answers with %s", async (_name, status, text) => {
    await using server = await openServer((response) => {
      response.writeHead(status, { location: "http://127.0.0.1:9" }).end(text);
    });
    expect(await findOllama({ baseUrl: server.url, timeoutMs: 10_000 })).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  it("finds nothing where nobody listens or the address is none", async () => {
    expect(await findOllama({ baseUrl: await findDeadUrl() })).toBeUndefined();
    expect(await findOllama({ baseUrl: "ftp://x" })).toBeUndefined();
  });

  it("gives up on a server that is silent, and hangs up", async () => {
    await using server = await openServer(() => {});
    expect(await findOllama({ baseUrl: server.url, timeoutMs: 50 })).toBeUndefined();
    await server.requests[0]?.closed;
    await using deaf = await openRawServer(() => {});
    expect(await findOllama({ baseUrl: deaf.url })).toBeUndefined();
  });

  it("finds nothing when it is aborted, also with a fetch that does not listen", async () => {
    const own: typeof fetch = () => new Promise(() => {});
    expect(await findOllama({ fetch: own, signal: AbortSignal.abort() })).toBeUndefined();
    const controller = new AbortController();
    const search = findOllama({ fetch: own, signal: controller.signal, timeoutMs: 100_000 });
    controller.abort();
    expect(await search).toBeUndefined();
  });
});
