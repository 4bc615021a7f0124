import type { SandboxConfig } from "../config/index.ts";
import type { PullProgress, SandboxOptions } from "../sandbox/index.ts";
import type { Files, Sandbox } from "../spec/index.ts";
import { definedOf } from "./defined-of.ts";
import { protectedPathsOf } from "./protected-paths-of.ts";
import type { Settings } from "./settings.ts";

/** A sandbox and the files that its commands see. */
export interface OpenedSandbox {
  readonly sandbox: Sandbox;
  readonly files: Files;
  /** Whether it is disposed with the harness. */
  readonly isOwn: boolean;
}

/** Opens the sandbox that options, else configuration, ask for. What is asked for and not there throws; there is no fallback. */
export async function openSandbox(settings: Settings): Promise<OpenedSandbox> {
  const { options, cwd, config, env } = settings;
  const directories = [...(options.directories ?? []), ...(config.tools.directories ?? [])];
  const asked = options.sandbox ?? options.sandboxMode;
  if (typeof asked === "object" && "exec" in asked) {
    const { files = await openHostFiles(settings, directories) } = asked;
    return { sandbox: asked, files, isOwn: false };
  }
  const { createSandbox } = await import("../sandbox/create-sandbox.ts");
  const { DEFAULT_PROTECTED_PATHS } = await import("../files/index.ts");
  const protectedPaths = [...DEFAULT_PROTECTED_PATHS, ...protectedPathsOf(config, cwd)];
  const section = config.sandbox;
  const configured = section.enabled === false ? undefined : section.mode;
  const given = typeof asked === "object" ? definedOf(asked) : {};
  const mode = (typeof asked === "string" ? asked : given.mode) ?? options.sandboxMode ?? configured ?? "process";
  const confined = section.enabled === false ? {} : fromConfig(section, settings);
  const sandbox = await createSandbox({
    cwd,
    hostEnv: env,
    ...confined,
    ...given,
    mode,
    // Commands reach what the other tools reach.
    directories: [...(given.directories ?? []), ...directories],
    protectedPaths: [...protectedPaths, ...(given.protectedPaths ?? [])],
  });
  return { sandbox, files: sandbox.files, isOwn: true };
}

async function openHostFiles({ cwd, config }: Settings, directories: readonly string[]): Promise<Files> {
  const { createFiles, DEFAULT_PROTECTED_PATHS } = await import("../files/index.ts");
  const protectedPaths = [...DEFAULT_PROTECTED_PATHS, ...protectedPathsOf(config, cwd)];
  return await createFiles({ cwd, roots: [cwd, ...directories], protectedPaths });
}

/** What a configuration says about any mode. */
function fromConfig(section: SandboxConfig, { log }: Settings): Partial<SandboxOptions> {
  const { maxOutputBytes, timeoutMs, graceMs, privateProcesses, networkAccess, allowedPaths, readPaths } = section;
  const { allowedDomains, blockedCommands } = section;
  const docker = definedOf({
    image: section.dockerImage,
    pull: section.dockerPull,
    runtime: section.dockerRuntime,
    workspace: section.dockerWorkspace,
    user: section.dockerUser,
    cpus: section.dockerCpus,
    socketPath: section.dockerSocket,
    // It takes minutes; what is said of single layers is for programs.
    onPull: ({ image, status, layer }: PullProgress) => {
      if (layer === undefined) log(`${image}: ${status}`);
    },
  });
  return {
    limits: definedOf({
      memoryMb: section.maxMemoryMb,
      cpuSeconds: section.maxCpuSeconds,
      processes: section.maxProcesses,
      fileSizeMb: section.maxFileSizeMb,
      openFiles: section.maxOpenFiles,
      diskMb: section.maxDiskMb,
    }),
    ...definedOf({ maxOutputBytes, timeoutMs, graceMs, privateProcesses, networkAccess }),
    ...definedOf({ allowedPaths, readPaths, allowedDomains, blockedCommands }),
    docker,
  };
}
