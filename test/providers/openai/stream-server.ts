import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import type { Model, ModelCallOptions, ModelFinish, ModelRequest, ModelStreamPart } from "../../../src/spec/index.ts";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The raw body. */
  readonly text: string;
  /** The body, parsed. */
  readonly body: Record<string, unknown>;
  /** Resolves when the connection of the request is gone before the answer was finished. */
  readonly cut: Promise<void>;
}

/** A server on loopback that records requests. */
export interface StreamServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: SeenRequest[];
  /** Connections that were opened so far. */
  readonly connections: () => number;
}

export type Answer = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

export async function startServer(answer: Answer): Promise<StreamServer> {
  const requests: SeenRequest[] = [];
  let connections = 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const cut = new Promise<void>((resolve) => {
        response.once("close", () => {
          if (!response.writableFinished) resolve();
        });
      });
      const seen = {
        method: incoming.method ?? "",
        url: incoming.url ?? "",
        headers: incoming.headers,
        text,
        body: JSON.parse(text) as Record<string, unknown>,
        cut,
      };
      requests.push(seen);
      Promise.resolve(answer(response, seen)).catch((error: unknown) => response.destroy(error as Error));
    });
  });
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Sends payloads as server-sent events, cut into pieces of `size` bytes without regard for lines or characters. */
export async function sendEvents(response: ServerResponse, payloads: readonly string[], size = 16_384): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  const bytes = Buffer.from(payloads.map((payload) => `data: ${payload}\n\n`).join(""));
  for (let start = 0; start < bytes.length; start += size) {
    response.write(bytes.subarray(start, start + size));
    // Lets the pieces leave one by one.
    if ((start / size) % 64 === 0) await setImmediate();
  }
}

/** An answer that sends these payloads and ends in order. */
export function replay(payloads: readonly (string | object)[], size?: number): Answer {
  const texts = payloads.map((payload) => (typeof payload === "string" ? payload : JSON.stringify(payload)));
  return async (response) => {
    await sendEvents(response, texts, size);
    response.end();
  };
}

const STREAMS = new URL("../../../../shared/fixtures/streams/", import.meta.url);

/** Recorded streams are here; they must be where services are required. */
export const hasRecordings = existsSync(fileURLToPath(STREAMS)) || process.env["HARNESS_REQUIRE_SERVICES"] === "1";

/** The payloads of a recorded stream. */
export function readRecording(path: string): string[] {
  return readFileSync(new URL(path, STREAMS), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
}

/** Everything that a model streamed. */
export interface Collected {
  readonly parts: readonly ModelStreamPart[];
  readonly text: string;
  readonly reasoning: string;
  readonly finish: ModelFinish;
}

export const helloRequest: ModelRequest = {
  messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
  tools: [],
};

export async function collect(
  model: Model,
  request: ModelRequest = helloRequest,
  options: Partial<ModelCallOptions> = {},
): Promise<Collected> {
  const parts: ModelStreamPart[] = [];
  for await (const part of model.stream(request, { signal: new AbortController().signal, ...options }))
    parts.push(part);
  const finish = parts.at(-1);
  if (finish?.type !== "finish") throw new Error("the stream has no finish");
  if (parts.filter((part) => part.type === "finish").length !== 1) throw new Error("the stream has several ends");
  const join = (type: "text-delta" | "reasoning-delta"): string =>
    parts.map((part) => (part.type === type ? part.text : "")).join("");
  return { parts, text: join("text-delta"), reasoning: join("reasoning-delta"), finish };
}

/** What a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
