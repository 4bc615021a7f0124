import { request as openRequest, type IncomingMessage, type ServerResponse } from "node:http";

import { findDeadUrl, openServer, type LoopbackServer, type SeenRequest } from "../net/loopback-server.ts";
import { selfSigned } from "./self-signed.ts";

/** What may be wrong with a provider: the names of the table of expected outcomes. */
export type Fault =
  | "429"
  | "429 with retry-after"
  | "529"
  | "500"
  | "502 with a page"
  | "503"
  | "400"
  | "401"
  | "connection refused"
  | "no such host"
  | "no TLS"
  | "a certificate that signed itself"
  | "cut before headers"
  | "cut before the first token"
  | "cut after the first token"
  | "silent after headers"
  | "a byte now and then"
  | "malformed";

/** A server between a client and a vendors' server: the first requests meet a fault, the others pass. */
export interface FaultyProxy extends AsyncDisposable {
  /** Where a client is to be pointed at: for some faults nobody is there. */
  readonly url: string;
  /** Requests that reached the proxy. */
  readonly count: () => number;
}

/** `faults`: how many requests meet the fault. `token`: the first word of the answer, by which its beginning is known. */
export async function openFaultyProxy(
  upstream: string,
  { fault, faults, token }: { readonly fault: Fault; readonly faults: number; readonly token: string },
): Promise<FaultyProxy> {
  const tls = fault === "a certificate that signed itself" ? selfSigned : undefined;
  const server = await openServer(async (response, request, index) => {
    if (index >= faults) await pass(upstream, request, { response });
    else await fail(fault, response, () => pass(upstream, request, { response, cutAfter: token }));
  }, tls);
  return {
    url: await addressFor(fault, server),
    count: () => server.requests.length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function addressFor(fault: Fault, { url }: LoopbackServer): Promise<string> {
  switch (fault) {
    case "connection refused":
      return await findDeadUrl();
    case "no such host":
      // A name with an empty label is refused before anybody is asked for it.
      return "http://no..such.host";
    case "no TLS":
      return url.replace("http:", "https:");
    default:
      return url;
  }
}

async function fail(fault: Fault, response: ServerResponse, passAndCut: () => Promise<void>): Promise<void> {
  const status = (code: number, headers: Readonly<Record<string, string>> = {}): void => {
    response.writeHead(code, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ error: { message: `fault ${code}`, type: "fault", code } }));
  };
  switch (fault) {
    case "429":
    case "529":
    case "500":
    case "503":
    case "400":
    case "401":
      return status(Number(fault));
    case "429 with retry-after":
      return status(429, { "retry-after": "0" });
    case "502 with a page":
      response.writeHead(502, { "content-type": "text/html" });
      return void response.end("<html><body><h1>Bad gateway</h1></body></html>");
    case "cut before headers":
      return void response.destroy();
    case "cut before the first token":
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      await new Promise((resolve) => setTimeout(resolve, 10));
      return void response.destroy();
    case "cut after the first token":
      return await passAndCut();
    case "silent after headers":
      response.writeHead(200, { "content-type": "text/event-stream" });
      return response.flushHeaders();
    case "a byte now and then":
      return dribble(response);
    case "malformed":
      response.writeHead(200, { "content-type": "text/event-stream" });
      return void response.end("data: {not json at all\n\nevent: ???\ndata: ]]]\n\n{\n");
    case "connection refused":
    case "no such host":
    case "no TLS":
    case "a certificate that signed itself":
      throw new Error(`Nobody can have reached this server: ${fault}`);
    default:
      fault satisfies never;
  }
}

function dribble(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const timer = setInterval(() => response.write("d"), 5);
  response.once("close", () => clearInterval(timer));
}

interface Passing {
  readonly response: ServerResponse;
  /** The connection is cut once this was passed on. */
  readonly cutAfter?: string;
}

async function pass(upstream: string, request: SeenRequest, { response, cutAfter }: Passing): Promise<void> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const { method } = request;
    const { host: _host, ...headers } = request.headers;
    const options = { ...(method === undefined ? {} : { method }), headers };
    const sent = openRequest(`${upstream}${request.url ?? "/"}`, options, resolve);
    sent.once("error", reject);
    sent.end(request.text);
  });
  response.writeHead(answer.statusCode ?? 500, answer.headers);
  let passed = "";
  let sent = 0;
  for await (const chunk of answer) {
    // Node's streams give bytes where nobody sets an encoding; all of these protocols are text.
    passed += (chunk as Buffer).toString();
    const at = cutAfter === undefined ? -1 : passed.indexOf(cutAfter);
    // The event with the token goes out whole: lines end with one line break, events of a stream with two.
    const end = at < 0 ? passed.length : passed.indexOf("\n", at) + 2;
    response.write(passed.slice(sent, end));
    sent = end;
    if (at < 0) continue;
    await new Promise((resolve) => setTimeout(resolve, 20));
    response.destroy();
    return;
  }
  response.end();
}
