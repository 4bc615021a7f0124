/** The configuration, joined from environment and files; what nobody set is left out. */
export interface HarnessConfig {
  readonly defaults: { readonly provider?: string; readonly model?: string };
  /** Settings of providers, by their names. */
  readonly providers: ReadonlyMap<string, ProviderConfig>;
  readonly router: RouterConfig;
  readonly permissions: {
    readonly mode?: "default" | "accept_edits" | "plan" | "bypass";
    readonly allow?: readonly string[];
    readonly ask?: readonly string[];
    readonly deny?: readonly string[];
  };
  readonly policy: {
    /** Absolute. */
    readonly policyPaths?: readonly string[];
    readonly simulationMode?: boolean;
  };
  readonly audit: AuditConfig;
  readonly sandbox: SandboxConfig;
  readonly run: { readonly maxTurns?: number; readonly maxOutputTokens?: number; readonly systemPrompt?: string };
  /** Milliseconds. */
  readonly timeouts: {
    readonly firstChunkMs?: number;
    readonly chunkMs?: number;
    readonly turnMs?: number;
    readonly toolMs?: number;
    readonly runMs?: number;
    readonly approvalMs?: number;
  };
  readonly tools: {
    /** Names of the built-in tools that runs have. */
    readonly enabled?: readonly string[];
    /** Absolute. */
    readonly directories?: readonly string[];
    /** Absolute, or patterns of the protected list. */
    readonly protectedPaths?: readonly string[];
  };
}

/** How to reach a provider. Keys belong into the environment; a file that holds one should be readable by its owner only. */
export interface ProviderConfig {
  readonly apiKey?: string;
  readonly baseUrl?: string;
  readonly model?: string;
}

/** Which model answers, and what a session may use. */
export interface RouterConfig {
  readonly strategy?: "manual" | "cost_optimized" | "quality_first" | "latency_first";
  /** Providers or model ids. */
  readonly fallbackChain?: readonly string[];
  readonly simpleTaskModel?: string;
  /** USD. */
  readonly maxCostPerSession?: number;
  readonly maxTokensPerSession?: number;
}

/** What the audit log records and how long it is kept. */
export interface AuditConfig {
  readonly enabled?: boolean;
  readonly scanPii?: boolean;
  readonly logToolArgs?: boolean;
  readonly retentionDays?: number;
  readonly retentionMaxSizeMb?: number;
  /** Absolute. */
  readonly dir?: string;
}

/** Where commands run. */
export interface SandboxConfig {
  readonly enabled?: boolean;
  readonly mode?: "none" | "process" | "os" | "docker" | "wasm";
  readonly maxMemoryMb?: number;
  readonly maxCpuSeconds?: number;
  readonly networkAccess?: boolean;
  readonly dockerImage?: string;
  /** Absolute. */
  readonly allowedPaths?: readonly string[];
  readonly blockedCommands?: readonly string[];
}
