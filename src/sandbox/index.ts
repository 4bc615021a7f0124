export { createCommandBlocker, type CommandBlocker } from "./block-commands.ts";
export { createSandbox, type OpenedSandbox } from "./create-sandbox.ts";
export { openE2bSandbox, type E2bSandboxOptions } from "./remote/open-e2b-sandbox.ts";
export { reapOrphans, type ReapedOrphans, type ReapOptions } from "./reap-orphans.ts";
export { createSandboxPool, type PooledSandbox, type SandboxPool } from "./sandbox-pool.ts";
export type { SandboxPoolOptions } from "./sandbox-pool-options.ts";
export type { DockerOptions, PullProgress, SandboxLimits, SandboxMode, SandboxOptions } from "./sandbox-options.ts";
export type { CodeLanguage, RunCodeOptions, RunCodeResult } from "../spec/index.ts";
