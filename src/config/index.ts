export type {
  AgentsConfig,
  ContextConfig,
  MemoryConfig,
  SkillsConfig,
  AuditConfig,
  ConfigSections,
  DefaultsConfig,
  HarnessConfig,
  ObservabilityConfig,
  PermissionsConfig,
  PolicyConfig,
  HookConfig,
  ProviderConfig,
  BudgetConfig,
  ModelConfig,
  RouterConfig,
  RunConfig,
  SandboxConfig,
  TimeoutsConfig,
  ToolsConfig,
} from "./harness-config.ts";
export { findFolders } from "./find-folders.ts";
export { loadConfig, type LoadConfigOptions, type LoadedConfig } from "./load-config.ts";
export { readProjectTrust, trustProject, type ProjectTrust, type ProjectTrustOptions } from "./project-trust.ts";
export { loadInstructions, type Instructions } from "./load-instructions.ts";
export type { IgnoredSetting } from "../spec/index.ts";
