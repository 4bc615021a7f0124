import { Agent } from "node:http";

import type Docker from "dockerode";

import { openSignalScope, raceSignal } from "../../async/index.ts";
import { describeError, importPeer, SandboxError } from "../../errors/index.ts";
import type { SandboxOptions } from "../sandbox-options.ts";

/** An engine that answered. */
export interface Engine {
  readonly docker: Docker;
  readonly socketPath: string;
  /** The runtime that containers get where none is named. */
  readonly runtime: string;
  /** The engine runs without root: its root is the user who started it. */
  readonly isRootless: boolean;
}

const DEFAULT_SOCKET = "/var/run/docker.sock";
const ANSWER_MS = 30_000;

/** Connects to the engine. Throws a `SandboxError` with code "sandbox_unavailable" that says what is missing. */
export async function openEngine({ docker: settings, hostEnv = process.env }: SandboxOptions): Promise<Engine> {
  const socketPath = settings?.socketPath ?? readSocket(hostEnv["DOCKER_HOST"]);
  const { default: Client } = await importPeer("dockerode", () => import("dockerode"));
  // Connections that stay open would keep the host program alive. The types of dockerode don't know the option.
  const connection = { socketPath, agent: new Agent({ keepAlive: false }) };
  const docker = new Client(connection);
  try {
    using limit = openSignalScope([], { timeoutMs: ANSWER_MS });
    // The types of dockerode leave the answer open; the engine's API names these fields.
    const info: EngineInfo = await raceSignal(docker.info(), limit.signal);
    const runtime = chooseRuntime(settings?.runtime, info);
    const security = info.SecurityOptions ?? [];
    // A filter that the kernel lacks would be left out without a word.
    if (isShared(runtime) && !security.some((option) => option.includes("seccomp"))) {
      throw unavailable("The Docker engine filters no system calls (seccomp): it contains too little", undefined);
    }
    return { docker, socketPath, runtime, isRootless: security.some((option) => option.includes("rootless")) };
  } catch (cause) {
    if (SandboxError.isInstance(cause)) throw cause;
    throw unavailable(`${whyNoAnswer(cause, socketPath)}, or choose sandbox mode "process"`, cause);
  }
}

interface EngineInfo {
  readonly SecurityOptions?: readonly string[];
  readonly Runtimes?: Readonly<Record<string, unknown>>;
  readonly DefaultRuntime?: string;
}

/** Whether a runtime runs containers on the host's own kernel. */
export function isShared(runtime: string): boolean {
  return !/runsc|gvisor|kata|firecracker/i.test(runtime);
}

function chooseRuntime(wanted: string | undefined, { Runtimes = {}, DefaultRuntime = "runc" }: EngineInfo): string {
  if (wanted === undefined) return DefaultRuntime;
  if (Object.hasOwn(Runtimes, wanted)) return wanted;
  throw unavailable(
    `The Docker engine has no runtime "${wanted}", only ${Object.keys(Runtimes).join(", ")}: install it and name it in the engine's configuration`,
    undefined,
  );
}

/** What the engine refused, as our error. */
export function toSandboxError(cause: unknown): SandboxError {
  return SandboxError.isInstance(cause) ? cause : unavailable(`Docker: ${describeError(cause)}`, cause);
}

/** The HTTP status of an engine's refusal. */
export function statusOf(error: unknown): number | undefined {
  const isRefusal = error instanceof Error && "statusCode" in error && typeof error.statusCode === "number";
  // The condition above says that it is a number.
  return isRefusal ? (error.statusCode as number) : undefined;
}

function readSocket(host: string | undefined): string {
  if (host === undefined || host === "") return DEFAULT_SOCKET;
  if (host.startsWith("unix://")) return host.slice("unix://".length);
  // The working directory is mounted: an engine elsewhere would mount a folder of its own machine.
  throw unavailable(`Sandbox mode "docker" needs an engine on this machine; DOCKER_HOST is ${host}`, undefined);
}

function whyNoAnswer(cause: unknown, socketPath: string): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EACCES" || code === "EPERM") {
    return `No permission to use the Docker engine at ${socketPath}: join the group "docker"`;
  }
  if (code === "ENOENT" || code === "ECONNREFUSED") return `No Docker engine answers at ${socketPath}: start it`;
  return `The Docker engine at ${socketPath} failed (${describeError(cause)}): put it right`;
}

/** A `SandboxError` that says what is not there. */
export function unavailable(message: string, cause: unknown): SandboxError {
  return new SandboxError(message, { code: "sandbox_unavailable", cause });
}
