import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";

import type { Container } from "dockerode";

import { describeError, SandboxError } from "../../errors/index.ts";
import type { ExecOptions, ExecResult, Sandbox } from "../../spec/index.ts";
import { DEFAULT_OUTPUT_BYTES, type SandboxOptions } from "../sandbox-options.ts";
import { createRunningCommands } from "../running-commands.ts";
import { withTimeLimit } from "../time-limit.ts";
import { containerIsolation, containerSpec } from "./container-spec.ts";
import { checkImage, openEngine, statusOf, toSandboxError, type Engine } from "./engine.ts";
import { planMounts } from "./mounts.ts";
import { createOomWatch } from "./oom-watch.ts";
import { ownerLabels, removeOrphans } from "./orphans.ts";
import { probe } from "./probe.ts";
import { runInContainer, type ContainerRun, type ContainerRunEnd } from "./run-in-container.ts";
import { stopInContainer } from "./stop-in-container.ts";

const DEFAULT_IMAGE = "python:3.12-slim";
const MARKER = "HARNESS_EXEC_ID";

/**
 * Runs commands in one container that lives as long as the sandbox. An engine, image or folder that is not there is an
 * error here and not at the first command.
 */
export async function openDockerSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { cwd, graceMs = 250 } = options;
  const engine = await openEngine(options);
  const container = await startContainer(engine, options);
  const shell = await findShell(engine, container, cwd).catch(async (error: unknown) => {
    await remove(container);
    throw error;
  });
  const isolation = containerIsolation(options);
  const commands = createRunningCommands();
  const oom = createOomWatch(engine.docker, container);

  const exec = async (command: string | readonly string[], execOptions: ExecOptions): Promise<ExecResult> => {
    const marker = `${randomUUID()}:`;
    const limitMs = execOptions.timeoutMs ?? options.timeoutMs;
    const end = await startOrRevive(engine, {
      container,
      argv: typeof command === "string" ? [...shell, command] : command,
      cwd: execOptions.cwd ?? cwd,
      environment: { ...execOptions.env, [MARKER]: marker },
      stdin: execOptions.stdin,
      timeoutMs: limitMs,
      maxOutputBytes: execOptions.maxOutputBytes ?? options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES,
      signals: [commands.signal, execOptions.signal],
      onOutput: execOptions.onOutput,
      stop: (started) => stopInContainer({ container, exec: started, marker, graceMs }),
    });
    return {
      ...end,
      // The engine gives 128 + the signal's number, and so does a shell: which it was cannot be told.
      signal: undefined,
      oomKilled: !end.timedOut && end.exitCode === 137 && (await oom.hasKilled()),
      isolation: withTimeLimit(isolation, limitMs),
    };
  };

  return {
    mode: "docker",
    isolation,
    exec: (command, execOptions = {}) => commands.run(() => exec(command, execOptions)),
    async [Symbol.asyncDispose]() {
      await commands.close();
      await remove(container);
    },
  };
}

async function startContainer({ docker, socketPath, isRootless }: Engine, options: SandboxOptions): Promise<Container> {
  const image = options.docker?.image ?? DEFAULT_IMAGE;
  const allowedPaths = [...(options.directories ?? []), ...(options.allowedPaths ?? [])];
  const mounts = planMounts(options.cwd, { allowedPaths, socketPath });
  await checkImage(docker, image);
  await removeOrphans(docker);
  const user = isRootless ? "0:0" : await ownerOf(options.cwd);
  const container = await docker
    .createContainer(containerSpec({ options, image, user, mounts, labels: ownerLabels() }))
    .catch((error: unknown) => {
      throw toSandboxError(error);
    });
  try {
    await container.start();
    return container;
  } catch (error) {
    await remove(container);
    throw toSandboxError(error);
  }
}

/**
 * Commands run as the owner of the workspace, so that they can write there and what they write belongs to the owner.
 * Where that is root it is a root without any capability, in a container that it cannot write to: files of other
 * users stay closed to it, and so does the host.
 */
async function ownerOf(cwd: string): Promise<string> {
  const { uid, gid } = await stat(cwd);
  return `${uid}:${gid}`;
}

/** bash, else sh; and a look whether the workspace can be written, which mounts and user mappings may spoil. */
async function findShell({ docker }: Engine, container: Container, cwd: string): Promise<readonly string[]> {
  const script =
    'if ! [ -w "$1" ] || ! [ -w /tmp ]; then echo readonly; elif command -v bash; then :; else echo sh; fi';
  const { output, exitCode } = await runInContainer(docker, {
    ...probe(container, ["sh", "-c", script, "probe", cwd]),
    signals: [AbortSignal.timeout(30_000)],
  }).catch((error: unknown) => {
    throw toSandboxError(error);
  });
  const answer = output.trim();
  if (exitCode === 0 && answer === "sh") return ["sh", "-c"];
  if (exitCode === 0 && answer.startsWith("/")) return [answer, "--noprofile", "--norc", "-c"];
  const problem = answer === "readonly" ? `${cwd} or /tmp cannot be written in it` : answer || "it does not run sh";
  throw new SandboxError(`The container of the sandbox does not work: ${problem}`, { code: "sandbox_unavailable" });
}

/** A command may have brought the container down (all its memory used): the next one starts it again. */
async function startOrRevive({ docker }: Engine, run: ContainerRun): Promise<ContainerRunEnd> {
  try {
    if (!(await run.container.inspect()).State.Running) await run.container.start();
    const end = await runInContainer(docker, run);
    // The runtime writes why it could not start the program where the program would have written.
    const problem =
      end.exitCode === 126 || end.exitCode === 127 ? /^OCI runtime exec failed: (.*)/.exec(end.output) : null;
    if (problem === null) return end;
    throw new SandboxError(`The command could not be started: ${problem[1] ?? ""}`);
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    throw new SandboxError(`The command could not be started: ${describeError(error)}`, { cause: error });
  }
}

async function remove(container: Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (statusOf(error) !== 404) throw toSandboxError(error);
  }
}
