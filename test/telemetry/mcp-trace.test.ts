import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import * as otel from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { defineTool, run, type RunOptions } from "../../src/index.ts";
import { createTelemetry } from "../../src/telemetry/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { createEchoServer } from "./mcp-server.ts";
import { openHost } from "./otel-host.ts";

interface Received {
  readonly meta: Readonly<Record<string, unknown>> | null;
  readonly headers: Readonly<Record<string, unknown>> | null;
}

type Connect = (headers: Record<string, string>) => Transport;

/** One run whose only call goes to the server; what the server was sent. */
async function callServer(connect: Connect, telemetry: RunOptions["telemetry"]): Promise<Received> {
  let received = "null";
  const echo = defineTool({
    name: "Echo",
    description: "Calls a server",
    input: z.object({}),
    effect: "network",
    async execute(_input, { span, signal }) {
      const client = new Client({ name: "host", version: "1.0.0" });
      await client.connect(connect({ ...span?.traceContext() }) as Transport);
      try {
        const request = { name: "echo", arguments: {}, _meta: { ...span?.traceContext() } };
        const { content } = await client.callTool(request, undefined, { signal });
        received = z.array(z.object({ text: z.string() })).parse(content)[0]?.text ?? "null";
      } finally {
        await client.close();
      }
      return "called";
    },
  });
  const model = scriptedModel([{ toolCalls: [{ name: "Echo", args: {} }] }, "Done."]);
  const options: RunOptions = { model, tools: [echo], permissionMode: "bypass", audit: false, config: false, env: {} };
  const result = await run("Go", telemetry === undefined ? options : { ...options, telemetry }).result;
  expect(result).toMatchObject({ stopReason: "end_turn", toolCalls: 1 });
  return JSON.parse(received) as Received;
}

const SERVER = fileURLToPath(new URL("mcp-server.ts", import.meta.url));
const stdio: Connect = () => new StdioClientTransport({ command: process.execPath, args: [SERVER, "--stdio"] });

let server: Server;
beforeEach(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const transport = new StreamableHTTPServerTransport();
      // The SDK's own transports do not fit its interface under `exactOptionalPropertyTypes`.
      await createEchoServer().connect(transport as Transport);
      await transport.handleRequest(request, response);
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
});
afterEach(async () => {
  otel.propagation.disable();
  otel.context.disable();
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});
const http: Connect = (headers) => {
  const { port } = server.address() as AddressInfo;
  return new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/`), {
    requestInit: { headers },
  }) as Transport;
};

async function traced(connect: Connect, env: Readonly<Record<string, string>> = {}) {
  const host = openHost();
  const { tracerProvider, meterProvider } = host;
  const received = await callServer(connect, await createTelemetry({ env, tracerProvider, meterProvider }));
  const { traceId, spanId } =
    host
      .spans()
      .find(({ name }) => name === "execute_tool Echo")
      ?.spanContext() ?? {};
  return { ...received, traceparent: `00-${traceId}-${spanId}-01` };
}

function propagateBaggage(): void {
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  otel.propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  otel.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

const BAGGAGE = otel.propagation.createBaggage({ tenant: { value: "blue team" } });

describe("what an MCP server is sent by a tool of the host", () => {
  it("over stdio has the span of the call as its parent, in params._meta", async () => {
    const { meta, traceparent } = await traced(stdio);
    expect(meta).toEqual({ traceparent });
  });

  it("over streamable HTTP has it in params._meta and in the headers", async () => {
    const { meta, headers, traceparent } = await traced(http);
    expect(meta).toEqual({ traceparent });
    expect(headers).toMatchObject({ traceparent });
  });

  it.each([
    ["stdio", stdio],
    ["streamable HTTP", http],
  ])("over %s has the baggage and the trace state of the host, where it propagates them", async (_name, connect) => {
    propagateBaggage();
    const traceState = otel.createTraceState("vendor=1");
    const remote = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1, isRemote: true, traceState };
    const outside = otel.trace.setSpanContext(otel.propagation.setBaggage(otel.ROOT_CONTEXT, BAGGAGE), remote);
    const { meta, traceparent } = await otel.context.with(outside, () => traced(connect));
    expect(meta).toEqual({ traceparent, tracestate: "vendor=1", baggage: "tenant=blue%20team" });
    expect(traceparent).toContain("1".repeat(32));
  });

  it("has nothing added where nothing is traced", async () => {
    expect(await callServer(stdio, undefined)).toEqual({ meta: {}, headers: null });
    const { meta, headers } = await callServer(http, undefined);
    expect(meta).toEqual({});
    expect(Object.keys(headers ?? {}).filter((name) => /trace|baggage/.test(name))).toEqual([]);
  });

  it("has nothing added where OTEL_PROPAGATORS is none", async () => {
    expect((await traced(http, { OTEL_PROPAGATORS: "none" })).meta).toEqual({});
  });
});

describe("baggage", () => {
  it("comes with the headers of a parent", async () => {
    propagateBaggage();
    const { tracerProvider, meterProvider } = openHost();
    const parent = { traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01`, baggage: "tenant=blue" };
    const telemetry = await createTelemetry({ env: {}, tracerProvider, meterProvider, parent });
    const tool = defineTool({
      name: "Own",
      description: "Tells what travels with the trace",
      input: z.object({}),
      effect: "read",
      execute: (_input, { span }) => span?.traceContext()?.baggage ?? "none",
    });
    const model = scriptedModel([{ toolCalls: [{ name: "Own", args: {} }] }, "Done."]);
    const results: unknown[] = [];
    const options: RunOptions = { model, tools: [tool], audit: false, config: false, env: {} };
    for await (const message of run("Go", { ...options, telemetry })) {
      if (message.type === "tool_result") results.push(message.content);
    }
    expect(results).toEqual(["tenant=blue"]);
  });
});
