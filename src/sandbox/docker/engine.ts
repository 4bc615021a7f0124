import { Agent } from "node:http";

import type Docker from "dockerode";

import { raceSignal } from "../../async/index.ts";
import { describeError, importPeer, SandboxError } from "../../errors/index.ts";
import type { SandboxOptions } from "../sandbox-options.ts";

/** An engine that answered. */
export interface Engine {
  readonly docker: Docker;
  readonly socketPath: string;
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
    // The types of dockerode leave the answer open; the engine's API names this field.
    const info: { SecurityOptions?: readonly string[] } = await raceSignal(
      docker.info(),
      AbortSignal.timeout(ANSWER_MS),
    );
    const isRootless = info.SecurityOptions?.some((option) => option.includes("rootless")) === true;
    return { docker, socketPath, isRootless };
  } catch (cause) {
    throw unavailable(`${whyNoAnswer(cause, socketPath)}, or choose sandbox mode "process"`, cause);
  }
}

/** The image must be there: fetching one is for people to decide. */
export async function checkImage(docker: Docker, image: string): Promise<void> {
  try {
    await docker.getImage(image).inspect();
  } catch (cause) {
    if (statusOf(cause) !== 404) throw toSandboxError(cause);
    throw unavailable(`The Docker image "${image}" is not here: docker pull ${image}`, cause);
  }
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

function unavailable(message: string, cause: unknown): SandboxError {
  return new SandboxError(message, { code: "sandbox_unavailable", cause });
}
