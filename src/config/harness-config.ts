/**
 * What configuration files and environment say, merged. Every section is there; a key that nobody set is left out.
 * Written in TOML with underscores: `[router] max_cost_per_session` is `router.maxCostPerSession`. Paths are absolute.
 */
export interface HarnessConfig extends ConfigSections {
  /** `[providers.<name>]`, by the name. */
  readonly providers: ReadonlyMap<string, ProviderConfig>;
  /** `[hooks.<name>]`: programs that are run as hooks, by the name. */
  readonly hooks: ReadonlyMap<string, HookConfig>;
  /** `[models."provider/id"]`, by that name: what is known of a model, added to the catalogue or instead of what it says. */
  readonly models: ReadonlyMap<string, ModelConfig>;
}

/** The sections with fixed keys. */
export interface ConfigSections {
  readonly defaults: DefaultsConfig;
  readonly router: RouterConfig;
  readonly budget: BudgetConfig;
  readonly permissions: PermissionsConfig;
  readonly constraints: ConstraintsConfig;
  readonly policy: PolicyConfig;
  readonly audit: AuditConfig;
  readonly sandbox: SandboxConfig;
  readonly run: RunConfig;
  readonly timeouts: TimeoutsConfig;
  readonly tools: ToolsConfig;
  readonly context: ContextConfig;
  readonly agents: AgentsConfig;
  readonly skills: SkillsConfig;
  readonly memory: MemoryConfig;
  readonly observability: ObservabilityConfig;
}

/** Which model runs where nobody says otherwise. */
export interface DefaultsConfig {
  readonly provider?: string;
  readonly model?: string;
}

/** How to reach a provider. A key belongs into the environment; a file that holds one should be readable by its owner only. */
export interface ProviderConfig {
  readonly apiKey?: string;
  readonly baseUrl?: string;
  /** The model of this provider where none is named. */
  readonly model?: string;
}

/** A program that is run as a hook. */
export interface HookConfig {
  readonly event?: string;
  /** Program and arguments, run without a shell. */
  readonly command?: readonly string[];
  /** Tool names that it is for: "Bash", "mcp__*". */
  readonly matcher?: readonly string[];
  readonly timeoutMs?: number;
  readonly onError?: "deny" | "ignore";
  readonly order?: number;
}

/** Facts of a model. Prices are USD for a million tokens; without `input` and `output` its price is not known. */
export interface ModelConfig {
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly cacheWrite1h?: number;
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly aliases?: readonly string[];
  readonly tools?: boolean;
  readonly vision?: boolean;
  readonly reasoning?: boolean;
}

/** How models are chosen, and the budget of a session in USD and tokens. */
export interface RouterConfig {
  readonly strategy?: "manual" | "cost_optimized" | "quality_first" | "latency_first";
  /** Names of providers or models, in the order in which they are tried. */
  readonly fallbackChain?: readonly string[];
  readonly maxCostPerSession?: number;
  readonly maxTokensPerSession?: number;
  readonly simpleTaskModel?: string;
}

/** What runs may use, by themselves and together. USD, tokens, milliseconds. */
export interface BudgetConfig {
  readonly maxCostPerRun?: number;
  readonly maxTokensPerRun?: number;
  /** Model calls of one run. */
  readonly maxTurnsPerRun?: number;
  readonly maxToolCallsPerRun?: number;
  readonly maxWallMsPerRun?: number;
  /** Of all runs that share the ledger, or of `tenant` where one is named. Days and months are those of UTC. */
  readonly maxCostPerDay?: number;
  readonly maxTokensPerDay?: number;
  readonly maxCostPerMonth?: number;
  readonly maxTokensPerMonth?: number;
  readonly tenant?: string;
  readonly onLimit?: "ask" | "degrade" | "stop";
  readonly degradeAt?: number;
  readonly warnAt?: number;
  readonly tellModel?: boolean;
  /** The file that days and months are counted in. */
  readonly ledger?: string;
}

/** What runs without a question. */
export interface PermissionsConfig {
  readonly mode?: "default" | "accept_edits" | "plan" | "bypass";
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly ask?: readonly string[];
}

/** What a line of business and safe code demand. */
export interface ConstraintsConfig {
  /** "finance", "healthcare", "privacy". */
  readonly domains?: readonly string[];
  /** Rules about code and data that is written. */
  readonly code?: boolean;
  /** From which amount on a person must look at a transaction. */
  readonly largeAmount?: number;
}

/** Where policies are. */
export interface PolicyConfig {
  readonly policyPaths?: readonly string[];
  /** Policies report what they would do and do nothing. */
  readonly simulationMode?: boolean;
}

/** What is recorded and how long it is kept. */
export interface AuditConfig {
  readonly enabled?: boolean;
  readonly scanPii?: boolean;
  readonly retentionDays?: number;
  readonly retentionMaxSizeMb?: number;
  readonly logToolArgs?: boolean;
  readonly dir?: string;
  /** What happens to personal data before it is written, where it is looked for. */
  readonly piiAction?: "redact" | "mask" | "hash" | "block";
  /** Keep the text of prompts, not only its digest. */
  readonly logPrompts?: boolean;
  /** A file with an Ed25519 private key (PEM): checkpoints are signed with it. */
  readonly signingKey?: string;
  /** Name of the signer in checkpoints. */
  readonly signerName?: string;
  /** A file on another disk or mount where checkpoints are kept, too. */
  readonly anchorFile?: string;
  /** Who pays, for `harness audit cost`. */
  readonly team?: string;
}

/** Where commands run. */
export interface SandboxConfig {
  readonly enabled?: boolean;
  readonly mode?: "none" | "process" | "os" | "docker" | "wasm";
  readonly maxMemoryMb?: number;
  readonly maxCpuSeconds?: number;
  readonly maxProcesses?: number;
  readonly maxFileSizeMb?: number;
  readonly maxOpenFiles?: number;
  readonly maxDiskMb?: number;
  readonly maxOutputBytes?: number;
  readonly timeoutMs?: number;
  readonly graceMs?: number;
  readonly privateProcesses?: boolean;
  readonly networkAccess?: boolean;
  readonly allowedPaths?: readonly string[];
  /** More that commands of "os" may read. */
  readonly readPaths?: readonly string[];
  /** Hosts that commands of "os" and "docker" may reach. */
  readonly allowedDomains?: readonly string[];
  readonly blockedCommands?: readonly string[];
  readonly dockerImage?: string;
  readonly dockerPull?: "never" | "missing";
  readonly dockerRuntime?: string;
  readonly dockerWorkspace?: "mount" | "copy";
  readonly dockerUser?: string;
  readonly dockerCpus?: number;
  readonly dockerSocket?: string;
}

/** How far a run goes. */
export interface RunConfig {
  readonly maxTurns?: number;
  readonly maxOutputTokens?: number;
  readonly systemPrompt?: string;
}

/** Limits on time, in milliseconds. */
export interface TimeoutsConfig {
  readonly firstChunkMs?: number;
  readonly chunkMs?: number;
  readonly turnMs?: number;
  readonly toolMs?: number;
  readonly runMs?: number;
  readonly approvalMs?: number;
  readonly closeMs?: number;
}

/** Which tools there are and what they may reach. */
export interface ToolsConfig {
  readonly enabled?: readonly string[];
  readonly directories?: readonly string[];
  /** As they were written, but for `~/`: they are patterns. */
  readonly protectedPaths?: readonly string[];
}

/** When a history is made shorter, in shares of the model's context window. */
export interface ContextConfig {
  readonly compaction?: boolean;
  readonly threshold?: number;
  readonly keep?: number;
}

/** Sub-agents. */
export interface AgentsConfig {
  readonly enabled?: boolean;
  readonly maxParallel?: number;
  readonly maxDepth?: number;
}

/** Skills. */
export interface SkillsConfig {
  readonly enabled?: boolean;
}

/** What is remembered from session to session, and whose it is. */
export interface MemoryConfig {
  readonly enabled?: boolean;
  readonly user?: boolean;
  readonly project?: boolean;
}

/** Where traces go. */
export interface ObservabilityConfig {
  readonly enabled?: boolean;
  readonly exporter?: "console" | "otlp";
  readonly otlpEndpoint?: string;
  readonly serviceName?: string;
}
