import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { describeError, HarnessError } from "../../errors/index.ts";

/** Where metrics are served. */
export interface MetricsAddress {
  /** @default "127.0.0.1", or `OTEL_EXPORTER_PROMETHEUS_HOST`; "0.0.0.0" lets containers in */
  readonly host?: string;
  /** @default 9464, or `OTEL_EXPORTER_PROMETHEUS_PORT`; 0 = any that is free */
  readonly port?: number;
}

/** A server of metrics that listens. */
export interface MetricsServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Resolves when somebody reads the metrics from now on. */
  nextScrape(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Serves metrics at `/metrics`. Does not keep the process alive. Throws code "telemetry_unavailable" when it cannot
 * listen there: a process that seems to be watched and is not is worse than one that does not start.
 */
export async function serveMetrics(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { host = "127.0.0.1", port = 9464 }: MetricsAddress,
): Promise<MetricsServer> {
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const path = request.url?.split("?", 1)[0];
    if (path !== "/metrics" || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(404).end();
      return;
    }
    response.on("finish", () => {
      for (const tell of waiting.splice(0)) tell();
    });
    answer(request, response);
  });
  await listen(server, host, port);
  server.unref();
  const address = server.address();
  const actual = typeof address === "object" && address !== null ? address.port : port;
  return {
    host,
    port: actual,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}/metrics`,
    nextScrape: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
      }),
    close: () =>
      new Promise((resolve) => {
        waiting = [];
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    const isTaken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
    const problem = isTaken ? "another process listens there already" : describeError(cause);
    const advice = "set OTEL_EXPORTER_PROMETHEUS_PORT or OTEL_EXPORTER_PROMETHEUS_HOST, or prometheus: false";
    const message = `Metrics cannot be served at ${host}:${port}: ${problem}; ${advice}`;
    throw new HarnessError(message, { code: "telemetry_unavailable", cause });
  }
}
