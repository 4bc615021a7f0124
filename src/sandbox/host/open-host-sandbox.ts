import { randomUUID } from "node:crypto";

import { describeError, SandboxError } from "../../errors/index.ts";
import { hasInEnvironment, listPids } from "../../processes/index.ts";
import type { ExecOptions, ExecResult, Isolation, Sandbox } from "../../spec/index.ts";
import { tighterLimits } from "../limits.ts";
import { DEFAULT_OUTPUT_BYTES, type SandboxLimits, type SandboxOptions } from "../sandbox-options.ts";
import { OWNER_VARIABLE, ownerMark } from "../owner.ts";
import { createRunningCommands } from "../running-commands.ts";
import { withTimeLimit } from "../time-limit.ts";
import { createBackground, type Background } from "./background.ts";
import { buildEnvironment } from "./build-environment.ts";
import { UNCONFINED, type Confinement } from "./confinement.ts";
import { findProgram, findShell, type Shell } from "./find-program.ts";
import { inheritedDescriptors } from "./inherited-descriptors.ts";
import { heldLimits, limitCommand } from "./limit-command.ts";
import { openProcessNamespace, PROCESS_NAMESPACE, type ProcessNamespace } from "./process-namespace.ts";
import { runProcess } from "./run-process.ts";

/** Names the variable that marks every process of a sandbox. Nested sandboxes add theirs. */
const MARKER = "HARNESS_EXEC_ID";
const DEFAULT_GRACE_MS = 250;

/** Modes that run processes of the host's own kernel and user. */
export type HostMode = "none" | "process" | "os";

/** A sandbox on the host. */
export interface HostSandbox extends Sandbox {
  readonly reset: () => Promise<void>;
}

/**
 * Runs commands on the host. By themselves they are not confined in files or network: "process" keeps the host's
 * variables out, holds limits and ends process trees; "none" only ends process trees; "os" brings a confinement.
 */
export async function openHostSandbox(
  mode: HostMode,
  options: SandboxOptions,
  confinement: Confinement = UNCONFINED,
): Promise<HostSandbox> {
  const { hostEnv = process.env, graceMs = DEFAULT_GRACE_MS, privateProcesses = true } = options;
  if (process.platform === "win32") {
    const message = `Sandbox mode "${mode}" needs process groups, which Windows does not have`;
    throw new SandboxError(message, { code: "sandbox_unavailable" });
  }
  const environment: Readonly<Record<string, string>> = { ...buildEnvironment(mode, hostEnv), ...options.env };
  const shell = findShell(environment["PATH"] ?? "");
  const markers = createMarkers(hostEnv[MARKER]);
  const commands = createRunningCommands();
  const background = createBackground();
  if (mode !== "none") await checkLimits({ shell, options, environment });
  const namespace = mode === "process" && privateProcesses ? await openProcessNamespace(shell) : undefined;
  const isolation = describe(mode, options, { confinement, namespace });
  const stopAll = async (): Promise<void> => {
    if (markers.count > 0) await background.stop(markers.all, { graceMs, endAll: namespace?.reset });
    await namespace?.reset();
  };
  /** Whether nothing of another command is there, at work or left in the background. */
  const isAlone = ({ text }: Marker): boolean =>
    commands.count === 1 &&
    !listPids().some((pid) => hasInEnvironment(pid, markers.all) && !hasInEnvironment(pid, text));
  const parts = {
    mode,
    closed: inheritedDescriptors(),
    options,
    confinement,
    namespace,
    environment,
    shell,
    isolation,
    background,
    signal: commands.signal,
    isAlone,
  };

  return {
    mode,
    isolation,
    exec: (command, execOptions = {}) =>
      commands.run(() => runCommand(command, execOptions, { ...parts, marker: markers.next() })),
    async reset() {
      await stopAll();
      await confinement.reset();
    },
    async [Symbol.asyncDispose]() {
      await commands.close();
      try {
        await stopAll();
      } finally {
        await confinement[Symbol.asyncDispose]();
      }
    },
  };
}

interface CommandParts {
  readonly mode: HostMode;
  readonly closed: readonly number[];
  readonly options: SandboxOptions;
  readonly confinement: Confinement;
  readonly namespace: ProcessNamespace | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly shell: Shell;
  readonly isolation: Isolation;
  readonly background: Background;
  /** Ends every command when the sandbox is closed. */
  readonly signal: AbortSignal;
  readonly isAlone: (marker: Marker) => boolean;
  readonly marker: Marker;
}

async function runCommand(
  command: string | readonly string[],
  execOptions: ExecOptions,
  {
    mode,
    closed,
    options,
    confinement,
    namespace,
    shell,
    isolation,
    background,
    signal,
    isAlone,
    marker,
    ...parts
  }: CommandParts,
): Promise<ExecResult> {
  const { limits = {}, graceMs = DEFAULT_GRACE_MS } = options;
  const limitMs = execOptions.timeoutMs ?? options.timeoutMs;
  const environment: Readonly<Record<string, string>> = {
    ...parts.environment,
    ...execOptions.env,
    [MARKER]: marker.value,
    [OWNER_VARIABLE]: ownerMark(),
  };
  const place = { path: environment["PATH"] ?? "", cwd: execOptions.cwd ?? options.cwd };
  const argv = typeof command === "string" ? [shell.path, ...shell.flags, command] : resolveProgram(command, place);
  using wrapped = await confinement.wrap(argv, { cwd: place.cwd, signal: execOptions.signal });
  const held = tighterLimits(limits, execOptions.limits);
  const { group, openPipes, ...end } = await runProcess({
    argv: await limited(wrapped.argv, { mode, closed, held, namespace, shell, cwd: place.cwd }),
    cwd: place.cwd,
    environment,
    stdin: execOptions.stdin,
    timeoutMs: limitMs,
    diskMb: mode === "none" ? undefined : limits.diskMb,
    maxOutputBytes: execOptions.maxOutputBytes ?? options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES,
    graceMs,
    marker: marker.text,
    isWaiter: namespace !== undefined,
    endAll: namespace?.reset,
    // Whatever changes its number faster than it is found, or wiped its environment, ends with the namespace.
    endHidden: async () => {
      if (isAlone(marker)) await namespace?.reset();
    },
    signals: [signal, execOptions.signal],
    onOutput: execOptions.onOutput,
  });
  background.add({ group, openPipes });
  return { ...end, oomKilled: false, isolation: withTimeLimit(isolation, limitMs) };
}

interface LimitParts extends Pick<CommandParts, "mode" | "closed" | "namespace" | "shell"> {
  readonly held: SandboxLimits;
  readonly cwd: string;
}

async function limited(argv: readonly string[], { mode, closed, held, namespace, shell, cwd }: LimitParts) {
  if (mode === "none") return argv;
  if (namespace === undefined) return limitCommand(argv, held, { shell, closed });
  try {
    // A directory that is held open would lead to the host's own mounts: the way to it is gone anew, inside.
    return await namespace.enter(limitCommand(argv, held, { shell, cwd, closed }));
  } catch (cause) {
    throw new SandboxError(`The command could not be started: ${describeError(cause)}`, { cause });
  }
}

/** `spawn` does not tell which of program and directory is missing, and behind limits it would be an exit code. */
function resolveProgram(
  [name = "", ...rest]: readonly string[],
  place: { readonly path: string; readonly cwd: string },
): readonly string[] {
  const program = findProgram(name, place);
  if (program === undefined) {
    throw new SandboxError(`The command could not be started: there is no program ${JSON.stringify(name)}`);
  }
  return [program, ...rest];
}

function describe(
  mode: HostMode,
  { limits = {}, timeoutMs }: SandboxOptions,
  { confinement, namespace }: Pick<CommandParts, "confinement" | "namespace">,
): Isolation {
  const always = [...(timeoutMs === undefined ? [] : ["time"]), "output"];
  return {
    mode,
    ...confinement.isolation,
    environment: mode === "none" ? "inherited" : "scrubbed",
    limits: mode === "none" ? always : [...always, ...heldLimits(limits)],
    ...(namespace === undefined ? {} : { protections: [PROCESS_NAMESPACE] }),
  };
}

interface Markers {
  readonly all: string;
  readonly count: number;
  next(): Marker;
}

interface Marker {
  /** Stands in the environment of every process of one command. */
  readonly text: string;
  readonly value: string;
}

/** A marker for each command that also names its sandbox, within the marker of a sandbox that we run in. */
function createMarkers(outer = ""): Markers {
  const id = randomUUID();
  let count = 0;
  return {
    all: `${id}.`,
    get count() {
      return count;
    },
    next() {
      count += 1;
      const text = `${id}.${count}:`;
      return { text, value: `${outer}${text}` };
    },
  };
}

/** A limit that the system refuses must be known before anything runs without it. */
async function checkLimits({
  shell,
  options,
  environment,
}: {
  readonly shell: Shell;
  readonly options: SandboxOptions;
  readonly environment: Readonly<Record<string, string>>;
}): Promise<void> {
  const probe = [shell.path, ...shell.flags, "exit 0"];
  const argv = limitCommand(probe, options.limits ?? {}, { shell });
  if (argv === probe) return;
  const { exitCode, output } = await runProcess({
    argv,
    cwd: options.cwd,
    environment,
    stdin: undefined,
    timeoutMs: 10_000,
    diskMb: undefined,
    maxOutputBytes: 4096,
    graceMs: 0,
    marker: randomUUID(),
    signals: [],
    onOutput: undefined,
  });
  if (exitCode === 0) return;
  throw new SandboxError(`The limits of the sandbox cannot be set: ${output.trim() || "the probe did not run"}`, {
    code: "sandbox_unavailable",
  });
}
