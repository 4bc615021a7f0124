import { SandboxError, suggestName } from "../errors/index.ts";

/**
 * What commands are confined by. "none" and "process" run on the host; see each sandbox's `isolation` for what holds.
 * "wasm" runs JavaScript and no commands.
 */
export type SandboxMode = "none" | "process" | "os" | "docker" | "wasm";

/** Limits on what commands may use. Left out = not limited, unless a mode says otherwise. */
export interface SandboxLimits {
  /** "process": data of each process (Linux only; Node 24 needs 600 to start). "docker": memory of all together, swap included. @default 2048 in "docker" */
  readonly memoryMb?: number;
  /** Seconds of processor time that each process may use; after that it is killed. */
  readonly cpuSeconds?: number;
  /** "process": processes of the user (root is not limited). "docker": of the container. @default 512 in "docker" */
  readonly processes?: number;
  /** The largest file that a command may write. */
  readonly fileSizeMb?: number;
  /** Files, sockets and pipes that a process may have open. @default 1024 in "docker" */
  readonly openFiles?: number;
  /**
   * What a command may take of the file system of the workspace. It is ended when the free space has shrunk by more, also
   * where others took it. The temporary folder of "docker" and of "os" lies in memory.
   */
  readonly diskMb?: number;
}

/** What only mode "docker" needs. */
export interface DockerOptions {
  /** Must hold `sh` and `cat`. A digest (`name@sha256:…`) pins it. @default "python:3.12-slim" */
  readonly image?: string;
  /** Whether an image that is not here is fetched. @default "never" */
  readonly pull?: "never" | "missing";
  /** Called while an image is fetched. */
  readonly onPull?: (progress: PullProgress) => void;
  /** A runtime that the engine knows: "runsc", "kata-runtime". @default the engine's own */
  readonly runtime?: string;
  /**
   * "mount": commands work on the directory itself. "copy": on a copy of it, which goes with the sandbox; read results
   * through `files`. @default "mount"
   */
  readonly workspace?: "mount" | "copy";
  /** `uid:gid` that commands run as. @default the workspace's owner; where that is root, nobody with the group root */
  readonly user?: string;
  /** Processors that all commands share: 1.5. @default all */
  readonly cpus?: number;
  /** The engine's socket. @default `DOCKER_HOST` of `hostEnv`, else /var/run/docker.sock */
  readonly socketPath?: string;
}

/** How far the fetching of an image is. */
export interface PullProgress {
  readonly image: string;
  /** In the engine's words: "Downloading", "Extracting", "Pull complete" … */
  readonly status: string;
  /** The layer that it is about. */
  readonly layer?: string;
  /** Bytes of the layer. */
  readonly current?: number;
  readonly total?: number;
}

/** Options of `createSandbox`. */
export interface SandboxOptions {
  readonly mode: SandboxMode;
  /** Absolute path where commands start; "docker" mounts it read-write at the same place. */
  readonly cwd: string;
  /** More directories that commands and file tools may use, absolute or from `cwd`. They must be there. */
  readonly directories?: readonly string[];
  /** What file tools may read but not write. @default DEFAULT_PROTECTED_PATHS of the file access */
  readonly protectedPaths?: readonly string[];
  /** Variables for every command, besides what the mode lets through. */
  readonly env?: Readonly<Record<string, string>>;
  /** The environment of the host program. @default process.env */
  readonly hostEnv?: Readonly<Record<string, string | undefined>>;
  readonly limits?: SandboxLimits;
  /** Milliseconds until a command's process tree is killed, where `exec` says nothing. @default no limit */
  readonly timeoutMs?: number;
  /** Bytes of output kept of a command, where `exec` says nothing. @default 1 MiB */
  readonly maxOutputBytes?: number;
  /**
   * "process" only: hides the host's processes from commands where the system permits (`isolation.protections` names
   * `pid-namespace` then). Without root it takes a user namespace, in which `sudo` gains nothing and root's files seem
   * to be nobody's. @default true
   */
  readonly privateProcesses?: boolean;
  /** Milliseconds between SIGTERM and SIGKILL. @default 250 */
  readonly graceMs?: number;
  /**
   * Whether commands reach a network. "none" and "process" cannot hold it back and say so in `isolation`; "os" opens it
   * to `allowedDomains` only. @default false, or true where `allowedDomains` are given
   */
  readonly networkAccess?: boolean;
  /** Hosts that commands of "os" and "docker" reach through a filtering proxy: "example.com", "*.example.com". */
  readonly allowedDomains?: readonly string[];
  /** "os" only: more paths that commands may read, such as a toolchain below the home directory. */
  readonly readPaths?: readonly string[];
  /** More paths, like `directories`; "docker" takes one that the host does not have as another name of `cwd`, others leave it out. */
  readonly allowedPaths?: readonly string[];
  /** Commands that are refused: a program and the arguments it must begin with. */
  readonly blockedCommands?: readonly string[];
  readonly docker?: DockerOptions;
}

/** Bytes of output kept where nobody says otherwise. */
export const DEFAULT_OUTPUT_BYTES = 1024 * 1024;

const MODES = ["none", "process", "os", "docker", "wasm"] as const satisfies readonly SandboxMode[];

/** The mode of a name. Throws a `SandboxError`: there is no fallback to a weaker one. */
export function readMode(mode: string): SandboxMode {
  const known = MODES.find((name) => name === mode);
  if (known !== undefined) return known;
  const names = MODES.map((name) => `"${name}"`).join(", ");
  throw new SandboxError(`Unknown sandbox mode "${mode}".${suggestName(mode, MODES)} There is ${names}.`, {
    code: "sandbox_unavailable",
  });
}

/** Throws a `RangeError` that names the first number that makes no sense. */
export function checkNumbers(options: Omit<SandboxOptions, "mode" | "cwd">): void {
  const { limits = {}, timeoutMs, maxOutputBytes, graceMs, docker } = options;
  const numbers: readonly (readonly [string, number | undefined])[] = [
    ["limits.memoryMb", limits.memoryMb],
    ["limits.cpuSeconds", limits.cpuSeconds],
    ["limits.processes", limits.processes],
    ["limits.fileSizeMb", limits.fileSizeMb],
    ["limits.openFiles", limits.openFiles],
    ["limits.diskMb", limits.diskMb],
    ["timeoutMs", timeoutMs],
    ["maxOutputBytes", maxOutputBytes],
    ["graceMs", graceMs],
    ["docker.cpus", docker?.cpus],
  ];
  for (const [name, value] of numbers) {
    if (value !== undefined && !(value > 0)) throw new RangeError(`${name} must be a number above 0, not ${value}`);
  }
}
