import type { SandboxConfig } from "../config/index.ts";
import type { SandboxOptions } from "../sandbox/index.ts";
import type { Sandbox } from "../spec/index.ts";
import { definedOf } from "./defined-of.ts";
import type { Settings } from "./settings.ts";

/** Opens the sandbox that options, else configuration, ask for. What is asked for and not there throws; there is no fallback. */
export async function openSandbox(settings: Settings): Promise<{ readonly sandbox: Sandbox; readonly isOwn: boolean }> {
  const { options, cwd, config, env } = settings;
  const asked = options.sandbox ?? options.sandboxMode;
  if (typeof asked === "object" && "exec" in asked) return { sandbox: asked, isOwn: false };
  const { createSandbox } = await import("../sandbox/index.ts");
  const section = config.sandbox;
  const configured = section.enabled === false ? undefined : section.mode;
  const given = typeof asked === "object" ? definedOf(asked) : {};
  const mode = (typeof asked === "string" ? asked : given.mode) ?? options.sandboxMode ?? configured ?? "process";
  // Commands reach what the other tools reach.
  const directories = [...(options.directories ?? []), ...(config.tools.directories ?? [])];
  const confined = section.enabled === false ? {} : fromConfig(section);
  const allowedPaths = [...(given.allowedPaths ?? confined.allowedPaths ?? []), ...directories];
  const sandbox = await createSandbox({
    cwd,
    hostEnv: env,
    ...confined,
    ...given,
    mode,
    allowedPaths,
  });
  return { sandbox, isOwn: true };
}

/** What a configuration says about any mode. */
function fromConfig(section: SandboxConfig): Partial<SandboxOptions> {
  const { maxMemoryMb, maxCpuSeconds, networkAccess, dockerImage, allowedPaths, blockedCommands } = section;
  return {
    limits: {
      ...(maxMemoryMb === undefined ? {} : { memoryMb: maxMemoryMb }),
      ...(maxCpuSeconds === undefined ? {} : { cpuSeconds: maxCpuSeconds }),
    },
    ...(networkAccess === undefined ? {} : { networkAccess }),
    ...(allowedPaths === undefined ? {} : { allowedPaths }),
    ...(blockedCommands === undefined ? {} : { blockedCommands }),
    ...(dockerImage === undefined ? {} : { docker: { image: dockerImage } }),
  };
}
