import { randomInt } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createSocketServer, type AddressInfo, type Socket } from "node:net";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Resolves when the connection's other side is gone or the answer is sent. */
  readonly closed: Promise<void>;
}

/** A real server on the loopback interface. Disposal ends every connection. */
export interface LoopbackServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  readonly connectionCount: number;
  /** Connections that are open now. */
  openConnections(): Promise<number>;
}

/** Starts a server that answers each request as told, over TLS where it is given a certificate. */
export async function openServer(
  respond: (response: ServerResponse, request: SeenRequest, index: number) => void | Promise<void>,
  tls?: { readonly cert: string; readonly key: string },
): Promise<LoopbackServer> {
  const requests: SeenRequest[] = [];
  let connectionCount = 0;
  const listen: RequestListener = (incoming, response) => {
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method, url, headers } = incoming;
      const request = { method, url, headers, text: Buffer.concat(chunks).toString(), closed };
      requests.push(request);
      void respond(response, request, requests.length - 1);
    });
  };
  const server = tls === undefined ? createServer(listen) : createTlsServer({ ...tls }, listen);
  server.on("connection", () => (connectionCount += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP server's address
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    requests,
    get connectionCount() {
      return connectionCount;
    },
    openConnections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Writes bytes in pieces of a size, each a chunk of its own on the wire. */
export async function writePieces(response: ServerResponse, bytes: Uint8Array, size: number): Promise<void> {
  for (let offset = 0; offset < bytes.length; offset += size) {
    if (!response.write(bytes.subarray(offset, offset + size))) {
      await new Promise((resolve) => response.once("drain", resolve));
    }
  }
}

/** Starts a server that speaks whatever it likes. Disposal ends every connection. */
export async function openRawServer(
  greet: (socket: Socket) => void,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    // The client hangs up on nonsense; that is not the server's failure.
    socket.on("error", () => {});
    socket.resume();
    greet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP server's address
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The address of a port on which nobody listens. */
export async function findDeadUrl(): Promise<string> {
  return `http://127.0.0.1:${await findFreePort()}`;
}

/** A port that is free, and stays so: systems hand out higher ones to whoever asks for any. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const server = createSocketServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
