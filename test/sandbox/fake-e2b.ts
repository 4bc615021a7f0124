import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * E2B's interface as far as the adapter uses it, in front of real processes of this machine: `POST /v2/sandboxes` and
 * `DELETE /sandboxes/{id}` of the control plane; `process.Process` of the machine, in Connect's JSON form.
 */
export interface FakeE2b extends AsyncDisposable {
  readonly url: string;
  /** Machines that were asked for and not ended. */
  readonly alive: ReadonlySet<string>;
  readonly bodies: readonly unknown[];
}

/** Starts the fake on the loopback interface. */
export async function openFakeE2b(): Promise<FakeE2b> {
  const alive = new Set<string>();
  const bodies: unknown[] = [];
  const children = new Map<number, ChildProcess>();
  /** Process groups of each machine: with the machine all of them end. */
  const groups = new Map<string, number[]>();
  let count = 0;
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const url = request.url ?? "";
    if (url === "/v2/sandboxes") {
      if (request.headers["x-api-key"] !== "e2b_test") return json(response, 401, { code: 401, message: "bad key" });
      const id = `machine${(count += 1)}`;
      alive.add(id);
      bodies.push(JSON.parse(body.toString()));
      return json(response, 201, { sandboxID: id, templateID: "base", clientID: "c", envdVersion: "0.6.0", alias: "" });
    }
    if (request.method === "DELETE") {
      const id = url.split("/").at(-1) ?? "";
      const isThere = alive.delete(id);
      for (const group of groups.get(id) ?? []) killGroup(group);
      return void response.writeHead(isThere ? 204 : 404).end();
    }
    if (url === "/process.Process/Start") {
      const machine = String(request.headers["e2b-sandbox-id"]);
      groups.set(machine, [...(groups.get(machine) ?? []), start(body, response, children)]);
      return;
    }
    const message = JSON.parse(body.toString()) as Message;
    const child = children.get(message.process?.pid ?? 0);
    if (child === undefined) return json(response, 404, { code: "not_found", message: "no such process" });
    if (url.endsWith("/SendInput")) child.stdin?.write(Buffer.from(message.input?.stdin ?? "", "base64"));
    if (url.endsWith("/CloseStdin")) child.stdin?.end();
    if (url.endsWith("/SendSignal")) child.kill("SIGKILL");
    json(response, 200, {});
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    alive,
    bodies,
    async [Symbol.asyncDispose]() {
      for (const group of [...groups.values()].flat()) killGroup(group);
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Message {
  readonly process?: {
    readonly pid?: number;
    readonly cmd?: string;
    readonly args?: readonly string[];
    readonly envs?: Readonly<Record<string, string>>;
    readonly cwd?: string;
  };
  readonly stdin?: boolean;
  readonly input?: { readonly stdin?: string };
}

/** A stream of envelopes: a byte of flags, four of length, JSON. */
function start(body: Buffer, response: ServerResponse, children: Map<number, ChildProcess>): number {
  const { process: wanted = {}, stdin } = JSON.parse(body.subarray(5).toString()) as Message;
  const child = spawn(wanted.cmd ?? "", wanted.args ?? [], {
    cwd: wanted.cwd,
    // E2B starts a login shell: this machine's start files are no part of it.
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", ...wanted.envs },
    stdio: [stdin === true ? "pipe" : "ignore", "pipe", "pipe"],
    detached: true,
  });
  const pid = child.pid ?? 0;
  children.set(pid, child);
  child.stdin?.on("error", () => {});
  response.writeHead(200, { "content-type": "application/connect+json" });
  const send = (flags: number, message: unknown): void => {
    // What a process in the background still says is nobody's.
    if (response.writableEnded) return;
    const bytes = Buffer.from(JSON.stringify(message));
    const head = Buffer.alloc(5);
    head.writeUInt8(flags);
    head.writeUInt32BE(bytes.length, 1);
    response.write(Buffer.concat([head, bytes]));
  };
  send(0, { event: { start: { pid } } });
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("data", (chunk: Buffer) => send(0, { event: { data: { [name]: chunk.toString("base64") } } }));
  }
  const finish = (): void => {
    if (!children.delete(pid)) return;
    const { exitCode, signalCode } = child;
    send(0, {
      event: { end: { exitCode: exitCode ?? -1, exited: exitCode !== null, status: signalCode ?? "exited" } },
    });
    send(2, {});
    response.end();
  };
  // What a process in the background holds open does not hold up the end, and what is in the pipes is read before it.
  child.once("exit", () => setTimeout(() => setImmediate(() => setImmediate(finish)), 50));
  return pid;
}

function killGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // It has ended.
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
