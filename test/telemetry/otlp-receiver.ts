import { randomInt } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server } from "node:net";

/** A value in OTLP's JSON. */
interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values: readonly AnyValue[] };
}

/** A span as it came over the wire. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: number;
  readonly statusCode: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A receiver of OTLP over HTTP that understands JSON. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly paths: readonly string[];
  spans(): readonly ReceivedSpan[];
  /** Bodies that came to a path. */
  bodies(path: string): readonly unknown[];
}

/** Starts a receiver on a free port. */
export async function openOtlpReceiver(): Promise<OtlpReceiver> {
  const received: { readonly path: string; readonly body: unknown }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      received.push({ path: request.url ?? "", body: text === "" ? undefined : JSON.parse(text) });
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  const port = await listen(server, 0);
  const bodies = (path: string): readonly unknown[] =>
    received.filter((each) => each.path === path).map(({ body }) => body);
  return {
    url: `http://127.0.0.1:${port}`,
    get paths() {
      return received.map(({ path }) => path);
    },
    spans: () => bodies("/v1/traces").flatMap(readSpans),
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readSpans(body: unknown): readonly ReceivedSpan[] {
  // Written by OpenTelemetry's own exporter; a wrong shape fails the test that reads it.
  const { resourceSpans } = body as { resourceSpans: readonly OtlpResourceSpans[] };
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId, name, kind, status, attributes }) => ({
        traceId,
        spanId,
        parentSpanId: parentSpanId === "" ? undefined : parentSpanId,
        name,
        kind,
        statusCode: status?.code ?? 0,
        attributes: readAttributes(attributes),
        resource: readAttributes(resource.attributes),
      })),
    ),
  );
}

interface OtlpResourceSpans {
  readonly resource: { readonly attributes: readonly KeyValue[] };
  readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly status?: { readonly code?: number };
  readonly attributes: readonly KeyValue[];
}

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

function readAttributes(attributes: readonly KeyValue[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]));
}

function readValue({ stringValue, intValue, doubleValue, boolValue, arrayValue }: AnyValue): unknown {
  const scalar = stringValue ?? doubleValue ?? boolValue ?? (intValue === undefined ? undefined : Number(intValue));
  return scalar ?? arrayValue?.values.map(readValue);
}

/** A receiver of OTLP over gRPC, as far as telling what was called needs: the paths, and the bytes of the messages. */
export interface GrpcReceiver extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly { readonly path: string; readonly type: string; readonly body: Buffer }[];
}

/**
 * Listens for gRPC at a port that is given, as the collectors do; on Linux at an address of its own, so that nobody else
 * has it. `undefined` where somebody listens at every address.
 */
export async function openGrpcReceiver(port: number): Promise<GrpcReceiver | undefined> {
  const calls: { readonly path: string; readonly type: string; readonly body: Buffer }[] = [];
  const server = createHttp2Server();
  const sessions = new Set<{ close(): void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const type = String(headers["content-type"]);
      calls.push({ path: String(headers[":path"]), type, body: Buffer.concat(chunks) });
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      // An empty message: not compressed, no bytes.
      stream.end(Buffer.alloc(5));
    });
  });
  const host = process.platform === "linux" ? `127.${[1, 2, 3].map(() => randomInt(1, 255)).join(".")}` : "127.0.0.1";
  try {
    await listen(server, port, host);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return undefined;
    throw error;
  }
  return {
    url: `http://${host}:${port}`,
    calls,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(
  server: Pick<Server, "listen" | "once" | "address">,
  port: number,
  host = "127.0.0.1",
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
