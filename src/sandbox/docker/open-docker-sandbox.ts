import { randomUUID } from "node:crypto";
import type { Container } from "dockerode";

import { openSignalScope } from "../../async/index.ts";
import { SandboxError } from "../../errors/index.ts";
import type { ExecOptions, ExecResult, Files, Sandbox } from "../../spec/index.ts";
import { bashShell, posixShell, type Shell } from "../host/find-program.ts";
import { limitCommand } from "../host/limit-command.ts";
import { networkAccessOf } from "../network-access.ts";
import { reserveHarnessFolder } from "../protected-places.ts";
import { createRunningCommands } from "../running-commands.ts";
import { DEFAULT_OUTPUT_BYTES, type SandboxOptions } from "../sandbox-options.ts";
import { withTimeLimit } from "../time-limit.ts";
import { containerIsolation, containerSpec, type ContainerPlan } from "./container-spec.ts";
import { openEngine, statusOf, toSandboxError, type Engine } from "./engine.ts";
import { findImage } from "./find-image.ts";
import { checkMountSources, planMounts } from "./mounts.ts";
import { createOomWatch } from "./oom-watch.ts";
import { openEgress } from "./open-egress.ts";
import { ownerLabels, removeOrphans } from "./orphans.ts";
import { probe } from "./probe.ts";
import { runInContainer, type ContainerRun } from "./run-in-container.ts";
import { startOrRevive } from "./start-or-revive.ts";
import { killContainer, stopInContainer } from "./stop-in-container.ts";
import { watchExecs, type ExecWatch } from "./watch-exec.ts";
import { openWorkspace } from "./workspace.ts";

const MARKER = "HARNESS_EXEC_ID";

/** A sandbox of this mode: its files are always those of the container. */
interface DockerSandbox extends Sandbox {
  readonly files: Files;
  readonly reset: () => Promise<void>;
}

/**
 * Runs commands in one container that lives as long as the sandbox. An engine, image or folder that is not there is an
 * error here and not at the first command.
 */
export async function openDockerSandbox(options: SandboxOptions): Promise<DockerSandbox> {
  const engine = await openEngine(options);
  const place = await openPlace(engine, options);
  try {
    const container = await createContainer(engine, place.plan);
    const watch = watchExecs(engine.docker, container.id);
    const close = async (): Promise<void> => {
      watch[Symbol.dispose]();
      await remove(container);
      await place[Symbol.asyncDispose]();
    };
    try {
      const shell = await findShell({ container, watch }, options.cwd);
      return { ...openCommands({ container, watch, shell, close, plan: place.plan }), files: place.files };
    } catch (error) {
      watch[Symbol.dispose]();
      await remove(container);
      throw error;
    }
  } catch (error) {
    await place[Symbol.asyncDispose]();
    throw error;
  }
}

interface OpenedContainer {
  readonly container: Container;
  readonly watch: ExecWatch;
  readonly shell: Shell;
  readonly plan: ContainerPlan;
  readonly close: () => Promise<void>;
}

function openCommands({ container, watch, shell, plan, close }: OpenedContainer): Omit<DockerSandbox, "files"> {
  const { options } = plan;
  const { cwd, graceMs = 250 } = options;
  const isolation = containerIsolation(plan);
  const commands = createRunningCommands();
  const oom = createOomWatch({ container, watch });
  const startContainer = (): Promise<void> => start(container, plan);

  const exec = async (command: string | readonly string[], execOptions: ExecOptions): Promise<ExecResult> => {
    const marker = `${randomUUID()}:`;
    const limitMs = execOptions.timeoutMs ?? options.timeoutMs;
    const argv = typeof command === "string" ? [shell.path, ...shell.flags, command] : command;
    const end = await startOrRevive({
      container,
      startContainer,
      watch,
      argv: limitCommand(argv, execOptions.limits ?? {}, { shell }),
      cwd: execOptions.cwd ?? cwd,
      environment: { ...execOptions.env, [MARKER]: marker },
      stdin: execOptions.stdin,
      timeoutMs: limitMs,
      disk: { path: plan.source, maxMb: options.limits?.diskMb },
      maxOutputBytes: execOptions.maxOutputBytes ?? options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES,
      signals: [commands.signal, execOptions.signal],
      onOutput: execOptions.onOutput,
      stop: (started) => stopInContainer({ container, exec: started, marker, graceMs }),
    });
    return {
      ...end,
      // The engine gives 128 + the signal's number, and so does a shell: which it was cannot be told.
      signal: undefined,
      oomKilled: !end.timedOut && !end.diskFull && end.exitCode === 137 && (await oom.hasKilled()),
      isolation: withTimeLimit(isolation, limitMs),
    };
  };

  return {
    mode: "docker",
    isolation,
    exec: (command, execOptions = {}) => commands.run(() => exec(command, execOptions)),
    // A container that starts again has neither processes nor what was in its memory.
    async reset() {
      await killContainer(container);
      await startContainer();
    },
    async [Symbol.asyncDispose]() {
      await commands.close();
      await close();
    },
  };
}

/** What is prepared on the host for a container. */
interface ContainerPlace extends AsyncDisposable {
  readonly plan: ContainerPlan;
  readonly files: Files;
}

async function openPlace({ docker, socketPath, runtime, isRootless }: Engine, options: SandboxOptions) {
  const allowedPaths = [...(options.directories ?? []), ...(options.allowedPaths ?? [])];
  // What must not be mounted is refused before anything of it is touched.
  planMounts(options.cwd, { allowedPaths, socketPath });
  const image = await findImage(docker, options.docker);
  await removeOrphans(docker);
  const network = networkAccessOf(options);
  const closing: (() => PromiseLike<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).toReversed()) await step();
  };
  try {
    const workspace = await openWorkspace(options, isRootless);
    closing.push(() => workspace[Symbol.asyncDispose]());
    const reserved = reserveHarnessFolder(workspace.source);
    closing.push(() => reserved[Symbol.dispose]());
    const path = (options.hostEnv ?? process.env)["PATH"] ?? "";
    const egress = network.type === "listed" ? await openEgress(network.domains, path) : undefined;
    if (egress !== undefined) closing.push(() => egress[Symbol.asyncDispose]());
    const { source, user, files } = workspace;
    const mounts = planMounts(options.cwd, { allowedPaths, socketPath, source });
    const plan = { options, source, image, runtime, user, mounts, network, egress, labels: ownerLabels(reserved.made) };
    return { plan, files, [Symbol.asyncDispose]: close } satisfies ContainerPlace;
  } catch (error) {
    await close();
    throw error;
  }
}

async function createContainer({ docker }: Engine, plan: ContainerPlan): Promise<Container> {
  const container = await docker.createContainer(containerSpec(plan)).catch((error: unknown) => {
    throw toSandboxError(error);
  });
  try {
    await start(container, plan);
    return container;
  } catch (error) {
    await remove(container);
    throw toSandboxError(error);
  }
}

async function start(container: Container, { mounts }: ContainerPlan): Promise<void> {
  checkMountSources(mounts);
  await container.start();
}

/** bash, else sh; and a look whether the workspace can be written, which mounts and user mappings may spoil. */
async function findShell(place: Pick<ContainerRun, "container" | "watch">, cwd: string): Promise<Shell> {
  const script =
    'if ! [ -w "$1" ] || ! [ -w /tmp ]; then echo readonly; elif command -v bash; then :; else echo sh; fi';
  using limit = openSignalScope([], { timeoutMs: 30_000 });
  const { output, exitCode } = await runInContainer({
    ...probe(place, ["sh", "-c", script, "probe", cwd]),
    signals: [limit.signal],
  }).catch((error: unknown) => {
    throw toSandboxError(error);
  });
  const answer = output.trim();
  if (exitCode === 0 && answer === "sh") return posixShell("sh");
  if (exitCode === 0 && answer.startsWith("/")) return bashShell(answer);
  const problem = answer === "readonly" ? `${cwd} or /tmp cannot be written in it` : answer || "it does not run sh";
  throw new SandboxError(`The container of the sandbox does not work: ${problem}`, { code: "sandbox_unavailable" });
}

async function remove(container: Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (statusOf(error) !== 404) throw toSandboxError(error);
  }
}
