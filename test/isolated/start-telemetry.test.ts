import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import * as otel from "@opentelemetry/api";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { defineTool, run, type RunOptions } from "../../src/index.ts";
import { ConfigError } from "../../src/errors/index.ts";
import { startTelemetry, type StartedTelemetry, type StartTelemetryOptions } from "../../src/telemetry/node/index.ts";
import { scriptedModel } from "../../src/testing/index.ts";
import { findFreePort } from "../net/loopback-server.ts";
import { openGrpcReceiver, openOtlpReceiver } from "../telemetry/otlp-receiver.ts";

const base = { audit: false, config: false, env: {} } satisfies RunOptions;
const look = defineTool({
  name: "Look",
  description: "Looks",
  input: z.object({}),
  effect: "read",
  execute: () => "seen",
});

const open: StartedTelemetry[] = [];
afterEach(async () => {
  for (const telemetry of open.splice(0)) await telemetry.shutdown();
});

async function start(options: StartTelemetryOptions = {}): Promise<StartedTelemetry> {
  const telemetry = await startTelemetry({ env: {}, prometheus: { port: 0 }, ...options });
  open.push(telemetry);
  return telemetry;
}

async function work(telemetry: RunOptions["telemetry"] = true): Promise<void> {
  const model = scriptedModel([{ toolCalls: [{ name: "Look", args: {} }] }, "Done."]);
  await run("Look", { ...base, model, tools: [look], ...(telemetry === undefined ? {} : { telemetry }) }).text();
}

async function readPage({ prometheus }: StartedTelemetry): Promise<string> {
  return await (await fetch(prometheus?.url ?? "http://there-is-no-server.invalid")).text();
}

describe("startTelemetry()", () => {
  it("serves what runs measured, at /metrics and nowhere else", async () => {
    const telemetry = await start();
    await work(telemetry.tracer);
    await work(true);
    const url = telemetry.prometheus?.url ?? "";
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const text = await readPage(telemetry);
    expect(text).toMatch(/^harness_tool_calls\{tool="Look",status="ok".*\} 2$/m);
    expect(text).not.toContain("description missing");
    for (const path of ["/", "/metrics/", "/metricsx"]) expect((await fetch(new URL(path, url))).status).toBe(404);
    expect((await fetch(url, { method: "POST" })).status).toBe(404);
  });

  it("throws a typed error when the port is taken, and leaves nothing behind", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const code = "telemetry_unavailable";
    await expect(startTelemetry({ env: {}, prometheus: { port } })).rejects.toMatchObject({ code });
    await expect(startTelemetry({ env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) } })).rejects.toThrow(
      /OTEL_EXPORTER_PROMETHEUS_PORT/,
    );
    await new Promise((resolve) => other.close(resolve));
    await work((await start({ prometheus: { port } })).tracer);
  });

  it("refuses a second SDK in a process, and can be started again after its end", async () => {
    const first = await start();
    await expect(startTelemetry({ env: {}, prometheus: false })).rejects.toThrow(/telemetry: true/);
    await first.shutdown();
    await first.shutdown();
    const second = await start();
    await work(second.tracer);
    expect(await readPage(second)).toContain(`harness_tool_calls{tool="Look",status="ok"`);
  });

  it.each([
    { OTEL_EXPORTER_PROMETHEUS_PORT: "http" },
    { OTEL_METRIC_EXPORT_INTERVAL: "0", OTEL_METRICS_EXPORTER: "otlp" },
  ])("refuses %o and leaves nothing behind", async (env) => {
    const port = await findFreePort();
    await expect(startTelemetry({ env, prometheus: { port } })).rejects.toThrow(ConfigError);
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow("fetch failed");
    await start();
  });

  it("waits for a last scrape when told to, and no longer than told", async () => {
    const telemetry = await start();
    await work(telemetry.tracer);
    let isEnded = false;
    const ended = telemetry.shutdown({ scrapeMs: 20_000 }).then(() => {
      isEnded = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isEnded).toBe(false);
    expect(await readPage(telemetry)).toContain("harness_tool_calls");
    await ended;
    await (await start()).shutdown({ scrapeMs: 1 });
  });

  it("ends everything although a receiver refuses all: shutdown() says so, disposal tells the log and throws nothing", async () => {
    const receiver = createServer((_request, response) => response.writeHead(400).end());
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const { port } = receiver.address() as AddressInfo;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" };
    const told: string[] = [];
    const options = {
      env,
      prometheus: { port: await findFreePort() },
      log: (message: string) => void told.push(message),
    };
    const first = await startTelemetry(options);
    await work(first.tracer);
    await expect(first.shutdown()).rejects.toThrow();
    {
      // The port is free, and nothing is set up any more.
      await using second = await startTelemetry(options);
      await work(second.tracer);
      expect(told.join()).not.toContain("lost");
    }
    expect(told.join()).toContain("Telemetry was lost");
    await new Promise((resolve) => receiver.close(resolve));
    await start({ prometheus: options.prometheus });
  });

  it("gives the environment of the process back as it was", async () => {
    const before = { ...process.env };
    await using receiver = await openOtlpReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" };
    const telemetry = await start({ env });
    expect({ ...process.env }).toEqual(before);
    await telemetry.shutdown();
  });
});

describe("a receiver of OTLP", () => {
  it("gets the spans of a run over HTTP, as the conventions and the environment say", async () => {
    await using receiver = await openOtlpReceiver();
    const env = {
      OTEL_SERVICE_NAME: "my-bot",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      TRACEPARENT: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    };
    const telemetry = await start({ env });
    await work(telemetry.tracer);
    await telemetry.shutdown();
    const spans = receiver.spans();
    expect(spans.map(({ name }) => name).toSorted()).toEqual([
      "chat scripted",
      "chat scripted",
      "execute_tool Look",
      "invoke_agent main",
      "turn",
      "turn",
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set(["a".repeat(32)]));
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const [root] = spans.filter(({ name }) => name === "invoke_agent main");
    expect(root?.parentSpanId).toBe("b".repeat(16));
    for (const span of spans.filter((each) => each !== root)) expect(byId.has(span.parentSpanId ?? "")).toBe(true);
    for (const { resource } of spans) expect(resource).toMatchObject({ "service.name": "my-bot" });
    expectConventions(spans);
    expect(receiver.paths).toEqual(expect.arrayContaining(["/v1/traces", "/v1/metrics"]));
    expect(receiver.paths).not.toContain("/v1/logs");
    expect(JSON.stringify(receiver.bodies("/v1/metrics"))).toContain("harness_tool_calls");
  });

  it("gets content as an event when that is asked for, and not on spans", async () => {
    await using receiver = await openOtlpReceiver();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "EVENT_ONLY",
    };
    const telemetry = await start({ env });
    await work(telemetry.tracer);
    await telemetry.shutdown();
    const logs = JSON.stringify(receiver.bodies("/v1/logs"));
    expect(logs).toContain("gen_ai.client.inference.operation.details");
    expect(logs).toContain("gen_ai.input.messages");
    expect(JSON.stringify(receiver.bodies("/v1/traces"))).not.toContain("gen_ai.input.messages");
  });

  it("gets gRPC at port 4317 from the seed's environment, which says nothing of a protocol", async ({ skip }) => {
    await using receiver = await openGrpcReceiver(4317);
    if (receiver === undefined) return skip("A collector of this machine listens at port 4317 of all its addresses");
    const notes: string[] = [];
    const env = {
      OTEL_SERVICE_NAME: "harness-agent",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "otlp",
    };
    const telemetry = await start({ env, log: (note) => notes.push(note) });
    await work(telemetry.tracer);
    await telemetry.flush();
    const traces = receiver.calls.filter(({ path }) => path.includes("TraceService/Export"));
    expect(traces.length).toBeGreaterThan(0);
    expect(traces[0]?.type).toMatch(/^application\/grpc/);
    expect(Buffer.concat(traces.map(({ body }) => body)).includes("invoke_agent main")).toBe(true);
    expect(receiver.calls.some(({ path }) => path.includes("MetricsService/Export"))).toBe(true);
    expect(notes.join()).toContain("grpc");
    await telemetry.shutdown();
  });
});

const KNOWN = new Set<string>(Object.values(conventions).filter((value) => typeof value === "string"));

/** What the conventions demand of each kind of span: attributes that must be there, with their types, and no unknown names. */
function expectConventions(
  spans: readonly { readonly name: string; readonly kind: number; readonly attributes: object }[],
): void {
  const table = {
    invoke_agent: { kind: otel.SpanKind.INTERNAL, required: ["gen_ai.operation.name", "gen_ai.agent.name"] },
    chat: {
      kind: otel.SpanKind.CLIENT,
      required: ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.usage.input_tokens"],
    },
    execute_tool: { kind: otel.SpanKind.INTERNAL, required: ["gen_ai.operation.name", "gen_ai.tool.name"] },
  };
  for (const [operation, { kind, required }] of Object.entries(table)) {
    const found = spans.filter(({ name }) => name.startsWith(`${operation} `));
    expect(found.length).toBeGreaterThan(0);
    for (const span of found) {
      // OTLP counts kinds from 1.
      expect(span.kind).toBe(kind + 1);
      expect(span.attributes).toMatchObject({ "gen_ai.operation.name": operation });
      expect(Object.keys(span.attributes)).toEqual(expect.arrayContaining(required));
      const claimed = Object.keys(span.attributes).filter((name) => name.startsWith("gen_ai."));
      expect(claimed.filter((name) => !KNOWN.has(name) && name !== "gen_ai.usage.cost")).toEqual([]);
    }
  }
}
