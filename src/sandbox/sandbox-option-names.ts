import type { KnownNames } from "../errors/index.ts";
import type { SandboxOptions } from "./sandbox-options.ts";

/** The names of all options of a sandbox; whoever takes them from a host refuses every other. */
export const SANDBOX_OPTION_NAMES: KnownNames<SandboxOptions> = {
  mode: true,
  cwd: true,
  directories: true,
  protectedPaths: true,
  env: true,
  hostEnv: true,
  limits: true,
  timeoutMs: true,
  maxOutputBytes: true,
  privateProcesses: true,
  graceMs: true,
  networkAccess: true,
  allowedDomains: true,
  readPaths: true,
  allowedPaths: true,
  blockedCommands: true,
  docker: true,
};
