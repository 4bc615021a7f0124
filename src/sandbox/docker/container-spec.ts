import type { ContainerCreateOptions, HostConfig } from "dockerode";

import type { Isolation } from "../../spec/index.ts";
import type { NetworkAccess } from "../network-access.ts";
import type { SandboxOptions } from "../sandbox-options.ts";
import { isShared } from "./engine.ts";
import type { Mount } from "./mounts.ts";
import type { Egress } from "./open-egress.ts";
import { seccompProfile } from "./seccomp-profile.ts";

/** What a container is made from. */
export interface ContainerPlan {
  readonly options: SandboxOptions;
  /** The folder of the host that is the working directory. */
  readonly source: string;
  /** Its id. */
  readonly image: string;
  readonly runtime: string;
  /** `uid:gid` */
  readonly user: string;
  readonly mounts: readonly Mount[];
  readonly network: NetworkAccess;
  readonly egress: Egress | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

const DEFAULT_MEMORY_MB = 2048;
const DEFAULT_PROCESSES = 512;
const DEFAULT_OPEN_FILES = 1024;
const MIB = 1024 * 1024;
/** The types of dockerode do not know it. */
const OWN_CGROUPS = { CgroupnsMode: "private" };

/** The container of a sandbox: it sleeps, and commands are started in it. */
export function containerSpec(plan: ContainerPlan): ContainerCreateOptions {
  const { options, image, user, labels, network, egress } = plan;
  const environment = {
    // A home that can be written: the user may have none in the image.
    HOME: "/tmp",
    LANG: "C.UTF-8",
    // The workspace may belong to somebody else than who commands run as.
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: "*",
    ...egress?.environment,
    ...options.env,
  };
  return {
    Image: image,
    // The image's own entry point would run before any command of ours.
    Entrypoint: ["sh", "-c", `${egress?.listen ?? ""} while :; do sleep 3600; done`],
    Cmd: [],
    User: user,
    WorkingDir: options.cwd,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labels },
    // A health check of the image would run by itself and write to its log.
    Healthcheck: { Test: ["NONE"] },
    NetworkDisabled: network.type !== "open",
    HostConfig: hostConfig(plan),
  };
}

/** Each setting was tried against the escape it is there for. */
function hostConfig({ options, user, mounts, runtime, network, egress }: ContainerPlan): HostConfig {
  const { limits = {}, docker = {}, cwd } = options;
  const memory = Math.floor((limits.memoryMb ?? DEFAULT_MEMORY_MB) * MIB);
  const [uid = "0", gid = "0"] = user.split(":");
  // In memory, so that filling it hits the limit of the container and not the host's disk.
  const scratch = `rw,nosuid,nodev,exec,mode=1777,size=${Math.floor(memory / 2)},uid=${uid},gid=${gid}`;
  return {
    NetworkMode: network.type === "open" ? "bridge" : "none",
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    // A kernel of its own brings its own filter.
    SecurityOpt: ["no-new-privileges", ...(isShared(runtime) ? [`seccomp=${seccompProfile()}`] : [])],
    Memory: memory,
    // The same as memory: no swap, so that the limit is one.
    MemorySwap: memory,
    PidsLimit: Math.floor(limits.processes ?? DEFAULT_PROCESSES),
    Ulimits: ulimits(options),
    ...(docker.cpus === undefined ? {} : { NanoCpus: Math.floor(docker.cpus * 1e9) }),
    ...(docker.runtime === undefined ? {} : { Runtime: docker.runtime }),
    // The owner has to be given: where the image has the folder, its mode wins over the one asked for.
    ...(cwd === "/tmp" ? {} : { Tmpfs: { "/tmp": scratch } }),
    Mounts: [...mounts, ...(egress === undefined ? [] : [egress.mount])].map((mount) => ({ ...mount })),
    // Reaps what commands leave behind.
    Init: true,
    IpcMode: "private",
    ...OWN_CGROUPS,
    LogConfig: { Type: "none", Config: {} },
  };
}

function ulimits({ limits: { cpuSeconds, fileSizeMb, openFiles } = {} }: SandboxOptions): HostConfig["Ulimits"] {
  const cpu = Math.max(1, Math.floor(cpuSeconds ?? 1));
  const bytes = Math.floor((fileSizeMb ?? 1) * MIB);
  const files = Math.floor(openFiles ?? DEFAULT_OPEN_FILES);
  return [
    { Name: "core", Soft: 0, Hard: 0 },
    { Name: "nofile", Soft: files, Hard: files },
    ...(cpuSeconds === undefined ? [] : [{ Name: "cpu", Soft: cpu, Hard: cpu + 1 }]),
    ...(fileSizeMb === undefined ? [] : [{ Name: "fsize", Soft: bytes, Hard: bytes }]),
  ];
}

/** What a container really holds. */
export function containerIsolation({ options, network, runtime, user }: ContainerPlan): Isolation {
  const { limits = {}, timeoutMs } = options;
  return {
    mode: "docker",
    filesystem: "confined",
    network: network.type === "open" ? "unconfined" : network.type === "listed" ? "filtered" : "none",
    environment: "scrubbed",
    limits: [
      ...(timeoutMs === undefined ? [] : ["time"]),
      "output",
      "memory",
      ...(limits.cpuSeconds === undefined ? [] : ["cpu"]),
      "processes",
      ...(limits.fileSizeMb === undefined ? [] : ["file-size"]),
      "descriptors",
      ...(limits.diskMb === undefined ? [] : ["disk"]),
    ],
    runtime,
    protections: [
      "read-only-root",
      "protected-files",
      "no-capabilities",
      "no-new-privileges",
      ...(isShared(runtime) ? ["seccomp"] : ["own-kernel"]),
      "process-namespace",
      "private-ipc",
      ...(user.startsWith("0:") ? [] : ["non-root"]),
    ],
  };
}
