export type { AuditConfig, HarnessConfig, ProviderConfig, RouterConfig, SandboxConfig } from "./harness-config.ts";
export { loadConfig, type LoadConfigOptions, type LoadedConfig } from "./load-config.ts";
export { loadInstructions, type Instructions } from "./load-instructions.ts";
