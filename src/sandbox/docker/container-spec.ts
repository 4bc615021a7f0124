import type { ContainerCreateOptions, HostConfig } from "dockerode";

import type { Isolation } from "../../spec/index.ts";
import type { SandboxOptions } from "../sandbox-options.ts";
import type { Mount } from "./mounts.ts";

/** What a container is made from. */
export interface ContainerPlan {
  readonly options: SandboxOptions;
  readonly image: string;
  /** `uid:gid` */
  readonly user: string;
  readonly mounts: readonly Mount[];
  readonly labels: Readonly<Record<string, string>>;
}

const DEFAULT_MEMORY_MB = 2048;
const DEFAULT_PROCESSES = 512;
const MIB = 1024 * 1024;

/** The container of a sandbox: it sleeps, and commands are started in it. */
export function containerSpec(plan: ContainerPlan): ContainerCreateOptions {
  const { options, image, user, mounts, labels } = plan;
  return {
    Image: image,
    // The image's own entry point would run before any command of ours.
    Entrypoint: ["sh", "-c", "while :; do sleep 3600; done"],
    Cmd: [],
    User: user,
    WorkingDir: options.cwd,
    // A home that can be written: the user may have none in the image.
    Env: Object.entries({ HOME: "/tmp", LANG: "C.UTF-8", ...options.env }).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labels },
    NetworkDisabled: options.networkAccess !== true,
    HostConfig: hostConfig(options, user, mounts),
  };
}

/** Each setting was tried against the escape it is there for. */
function hostConfig(options: SandboxOptions, user: string, mounts: readonly Mount[]): HostConfig {
  const { limits = {}, docker = {}, networkAccess, cwd } = options;
  const memory = Math.floor((limits.memoryMb ?? DEFAULT_MEMORY_MB) * MIB);
  const [uid = "0", gid = "0"] = user.split(":");
  return {
    NetworkMode: networkAccess === true ? "bridge" : "none",
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    Memory: memory,
    // The same as memory: no swap, so that the limit is one.
    MemorySwap: memory,
    PidsLimit: Math.floor(limits.processes ?? DEFAULT_PROCESSES),
    Ulimits: ulimits(options),
    ...(docker.cpus === undefined ? {} : { NanoCpus: Math.floor(docker.cpus * 1e9) }),
    ...(docker.runtime === undefined ? {} : { Runtime: docker.runtime }),
    // The owner has to be given: where the image has the folder, its mode wins over the one asked for.
    ...(cwd === "/tmp" ? {} : { Tmpfs: { "/tmp": `rw,nosuid,nodev,exec,mode=1777,uid=${uid},gid=${gid}` } }),
    Mounts: mounts.map((mount) => ({ ...mount })),
    // Reaps what commands leave behind.
    Init: true,
    IpcMode: "private",
    LogConfig: { Type: "none", Config: {} },
  };
}

function ulimits({ limits: { cpuSeconds, fileSizeMb } = {} }: SandboxOptions): HostConfig["Ulimits"] {
  const cpu = Math.max(1, Math.floor(cpuSeconds ?? 1));
  const bytes = Math.floor((fileSizeMb ?? 1) * MIB);
  return [
    { Name: "core", Soft: 0, Hard: 0 },
    ...(cpuSeconds === undefined ? [] : [{ Name: "cpu", Soft: cpu, Hard: cpu + 1 }]),
    ...(fileSizeMb === undefined ? [] : [{ Name: "fsize", Soft: bytes, Hard: bytes }]),
  ];
}

/** What a container really holds. */
export function containerIsolation({ limits = {}, networkAccess, timeoutMs }: SandboxOptions): Isolation {
  return {
    mode: "docker",
    filesystem: "confined",
    network: networkAccess === true ? "unconfined" : "none",
    environment: "scrubbed",
    limits: [
      ...(timeoutMs === undefined ? [] : ["time"]),
      "output",
      "memory",
      ...(limits.cpuSeconds === undefined ? [] : ["cpu"]),
      "processes",
      ...(limits.fileSizeMb === undefined ? [] : ["file-size"]),
    ],
  };
}
