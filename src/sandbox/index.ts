export { createCommandBlocker, type CommandBlocker } from "./block-commands.ts";
export { createSandbox, type OpenedSandbox } from "./create-sandbox.ts";
export type { DockerOptions, SandboxLimits, SandboxMode, SandboxOptions } from "./sandbox-options.ts";
