import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  createSandbox,
  type OpenedSandbox,
  type SandboxLimits,
  type SandboxOptions,
} from "../../../src/sandbox/index.ts";

/** What stands in files, variables and answers that commands must not get at. */
export const SECRET = "harness-escape-secret";

/** A sandbox, and a host around it that has something to lose. */
export interface EscapeStage extends AsyncDisposable {
  readonly sandbox: OpenedSandbox;
  readonly cwd: string;
  /** A folder beside the workspace with the file `secret`. */
  readonly outside: string;
  /** Of the host: listens on every address and answers with the secret. */
  readonly tcpPort: number;
  readonly udpPort: number;
  /** What came to the UDP port. */
  readonly datagrams: readonly string[];
  /** Unix sockets that answer with the secret: outside, and within the workspace. */
  readonly outsideSocket: string;
  readonly insideSocket: string;
  /** One that stands in no folder; its name. */
  readonly abstractSocket: string;
  /** A process of the host with the secret in its environment. */
  readonly hostPid: number;
}

/** Limits that the attempts run into. */
export const LIMITS = { memoryMb: 256, processes: 100, fileSizeMb: 20, openFiles: 256, cpuSeconds: 20 };

/** Sets up a host and opens a sandbox on it. */
export async function openStage(
  options: Omit<SandboxOptions, "cwd">,
  limits: SandboxLimits = {},
): Promise<EscapeStage> {
  const top = await realpath(await mkdtemp(join(tmpdir(), "harness-escape-")));
  const cwd = join(top, "workspace");
  const outside = join(top, "outside");
  await mkdir(cwd);
  await mkdir(outside);
  await mkdir(join(cwd, ".git", "hooks"), { recursive: true });
  await writeFile(join(cwd, ".git", "HEAD"), "ref: refs/heads/main\n");
  await writeFile(join(outside, "secret"), `${SECRET}\n`);
  // What a repository may bring along.
  await symlink(join(outside, "secret"), join(cwd, ".idea"));
  await mkdir(join(cwd, "nested", "deep", ".vscode"), { recursive: true });
  await mkdir(join(cwd, "linked", ".git"), { recursive: true });
  await mkdir(join(cwd, "githooks"));
  await symlink("../../githooks", join(cwd, "linked", ".git", "hooks"));
  // Anybody may: what keeps commands out must be the sandbox, not the mode of a file.
  await chmod(top, 0o755);
  await chmod(outside, 0o777);
  const tcp = await listen({ host: "0.0.0.0", port: 0 });
  const sockets = [join(outside, "socket"), join(cwd, "socket")] as const;
  const abstractSocket = `harness-escape-${randomUUID()}`;
  const servers = [
    tcp,
    await listen({ path: `\0${abstractSocket}` }),
    await listen({ path: sockets[0] }),
    await listen({ path: sockets[1] }),
  ];
  for (const path of sockets) await chmod(path, 0o777);
  const datagrams: string[] = [];
  const udp = createSocket("udp4", (message) => datagrams.push(message.toString()));
  udp.bind(0, "0.0.0.0");
  await once(udp, "listening");
  const sleeper = spawn("sleep", ["600"], { env: { PATH: process.env["PATH"], HOST_SECRET: SECRET }, stdio: "ignore" });
  await once(sleeper, "spawn");
  const close = (): Promise<void> => closeHost({ servers, udp, sleeper, top });
  try {
    const hostEnv = { ...process.env, HOST_SECRET: SECRET };
    const sandbox = await createSandbox({ ...options, cwd, hostEnv, limits: { ...LIMITS, ...limits } });
    return {
      sandbox,
      cwd,
      outside,
      tcpPort: portOf(tcp.address()),
      udpPort: portOf(udp.address()),
      datagrams,
      outsideSocket: sockets[0],
      insideSocket: sockets[1],
      abstractSocket,
      hostPid: sleeper.pid ?? 0,
      async [Symbol.asyncDispose]() {
        await sandbox[Symbol.asyncDispose]();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Host {
  readonly servers: readonly Server[];
  readonly udp: DatagramSocket;
  readonly sleeper: ChildProcess;
  readonly top: string;
}

async function closeHost({ servers, udp, sleeper, top }: Host): Promise<void> {
  for (const server of servers) server.close();
  udp.close();
  sleeper.kill("SIGKILL");
  await rm(top, { recursive: true, force: true });
}

async function listen(
  place: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(`${SECRET}\n`);
  });
  server.listen(place);
  await once(server, "listening");
  return server;
}

function portOf(address: ReturnType<Server["address"]>): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}
