import type { StandardSchemaV1 } from "@standard-schema/spec";

import type { ApprovalFunction, TrustLevel, TrustLevelOptions } from "../approval/index.ts";
import type { AuditLogger, AuditLoggerOptions } from "../audit/index.ts";
import type { LedgerAccount, SharedLedger } from "../budget/index.ts";
import type { StallOptions } from "../agent/index.ts";
import type { GuardOptions } from "../guards/index.ts";
import type { ConstraintOptions } from "../constraints/index.ts";
import type { HookBus } from "../hooks/index.ts";
import type { GuardedFetchOptions } from "../net/index.ts";
import type { PermissionMode, PermissionRules } from "../permission/index.ts";
import type { PolicyEngine } from "../policy/index.ts";
import type { ReliableModelOptions, RouterOptions } from "../router/index.ts";
import type { RiskOptions } from "../risk/index.ts";
import type { SandboxOptions } from "../sandbox/index.ts";
import type { OpenTelemetryTracer, TelemetryOptions } from "../telemetry/index.ts";
import type { AgentDefinition, AgentLimits } from "../subagents/index.ts";
import type {
  Approver,
  Audit,
  Budget,
  BudgetLimits,
  Check,
  Clock,
  Guards,
  HookEventName,
  HookEvents,
  Hooks,
  HookVerdict,
  Model,
  Prices,
  Random,
  Reasoning,
  ResultFilter,
  Sandbox,
  SessionStore,
  Tool,
  Tracer,
} from "../spec/index.ts";
import type { ApprovalRules } from "../tool-call/index.ts";
import type { PromptTemplate } from "./system-prompt.ts";

/** Limits on time, in milliseconds. */
export interface Timeouts {
  /** Until the model's first part. @default 300000 */
  readonly firstChunkMs?: number;
  /** Between two parts of the model. @default 120000 */
  readonly chunkMs?: number;
  /** One turn: a model call and its tool calls. @default none */
  readonly turnMs?: number;
  /** One tool call, where the tool sets nothing else. @default 600000 */
  readonly toolMs?: number;
  /** The whole run. @default none */
  readonly runMs?: number;
  /** An answer to an approval; after that the call is denied. @default none */
  readonly approvalMs?: number;
  /** What tool calls may take to end by themselves when the harness is closed; then they are stopped. @default 5000 */
  readonly closeMs?: number;
}

/** One hook in a list, as an alternative to a `HookBus`. */
export type HookEntry = {
  readonly [Name in HookEventName]: {
    readonly event: Name;
    /** A function, or else `command`. */
    readonly run?: (
      payload: HookEvents[Name],
    ) => HookVerdict | undefined | void | Promise<HookVerdict | undefined | void>;
    /** A program and its arguments: gets the event as JSON on standard input. */
    readonly command?: readonly string[] | string;
    readonly onError?: "deny" | "ignore";
    /** Tool names that it is for: "Bash", "mcp__*". */
    readonly matcher?: string;
    readonly timeoutMs?: number;
  };
}[HookEventName];

/** What the rule of two goes by, besides what tools declare. */
export interface TaintRules {
  /** Files whose content must not get out, besides the built-in list. Globs; `*` is any text. */
  readonly privatePaths?: readonly string[];
  /** Tools (globs) whose results are trusted and that may always be used. */
  readonly trustedTools?: readonly string[];
  /** Hosts to which data may always be sent, with their subdomains. */
  readonly trustedHosts?: readonly string[];
}

/** What a run may use, and what it may use together with other runs. */
export interface BudgetOptions extends BudgetLimits {
  /** Limits that are counted in a ledger, across runs and processes: of a tenant, an agent, a day, a month. */
  readonly accounts?: readonly LedgerAccount[];
  /** The ledger, or the path of its file. @default ~/.harness/budget.db */
  readonly ledger?: SharedLedger | string;
}

/** When a history is made shorter, and what of it stays. */
export interface CompactionOptions {
  /** Share of the context window from which on it is. @default 0.8 */
  readonly threshold?: number;
  /** Share of the window that stays as it was, at the end of the history. @default 0.25 */
  readonly keep?: number;
}

/** Whose memory an agent has. */
export interface MemoryOptions {
  /** The person's, for every project. @default true */
  readonly user?: boolean;
  /** The project's. @default true */
  readonly project?: boolean;
}

/** Where a session is, and how it is held. */
export interface SessionOptions {
  readonly id?: string;
  readonly store?: SessionStore;
  /** Milliseconds after which another process may take over a session whose process is not heard of. @default 30000 */
  readonly leaseMs?: number;
  /** How many sessions of the store may be at work at once, in all processes; a run waits for its place. @default no limit */
  readonly maxHeld?: number;
  /** After so many deaths of its process in which a run got no further it is not gone on with: code "session_stuck". @default 5 */
  readonly maxCrashes?: number;
}

/** Options that a single run of a harness may set. */
export interface RunOverrides {
  /** An id of the catalogue, an alias, `provider/id`, or a `Model`. */
  readonly model?: string | Model;
  /** A text, or one with a name and a version that records and traces tell. */
  readonly systemPrompt?: string | PromptTemplate;
  /** Names of built-in tools and your own tools; `[]` = none. @default every built-in tool */
  readonly tools?: readonly (string | Tool)[];
  /** @default "default" */
  readonly permissionMode?: PermissionMode;
  /** Who answers when a check asks. "pause": nobody here; the run ends as paused until somebody decides, in any process. */
  readonly onApproval?: Approver | ApprovalFunction | "pause";
  /** How much the agent may do before a person looks; the person of `onApproval` is asked only for the rest. @default the mode alone decides */
  readonly trustLevel?: TrustLevel | TrustLevelOptions;
  /** Whose approvals count. */
  readonly approvals?: ApprovalRules;
  /**
   * What happens to a call that may happen once when nobody knows, after a crash, whether it did: the run pauses and a
   * person is asked, or the model is told. @default "ask"
   */
  readonly onUnknownOutcome?: "ask" | "tell-model";
  /** Whether a run that was interrupted may go on with other tools or instructions than it began with. @default false */
  readonly migrate?: boolean;
  /** Whether to go on with a run whose process died again and again (code "session_stuck"). @default false */
  readonly retryStuck?: boolean;
  readonly budget?: Budget | BudgetOptions;
  /** @default 100 */
  readonly maxTurns?: number;
  /** Tokens of one answer. @default 16384, clamped to the model's limit */
  readonly maxOutputTokens?: number;
  readonly timeouts?: Timeouts;
  /** When the agent turns in a circle: it is told first, then the run ends as "stalled" or a person is asked. @default not watched */
  readonly stall?: StallOptions;
  /** An id, to find the session again (kept in `~/.harness/harness.db`), or a store. @default kept in memory: the last 100 that ended, and all that wait */
  readonly session?: string | SessionStore | SessionOptions;
  /** Any Standard Schema: the run ends with a validated `output`. */
  readonly outputSchema?: StandardSchemaV1;
  readonly reasoning?: Reasoning;
  /** What the host knows of the prompt: that it holds content of somebody else, or data that must not get out. */
  readonly labels?: { readonly isTainted?: boolean; readonly dataLabels?: readonly string[] };
  readonly signal?: AbortSignal;
}

/** Options of `run`, and of a harness that wires its modules once. All are optional. */
export interface RunOptions extends RunOverrides {
  /** "anthropic", "openai", "google", "ollama", "openai-compatible", or a preset such as "groq". */
  readonly provider?: string;
  readonly apiKey?: string;
  readonly baseUrl?: string;
  /** A router, or what one is made from: goes before `provider` and `model`. */
  readonly router?: Model | RouterOptions;
  /** Where the agent works. @default process.cwd() */
  readonly cwd?: string;
  /** More directories that tools may read and write. */
  readonly directories?: readonly string[];
  readonly permissions?: PermissionRules;
  /** An engine, or paths of policy files: those are trusted, since the host named them. */
  readonly policy?: PolicyEngine | Check | string | readonly string[];
  /** What the built-in risk check goes by, or another check. */
  readonly risk?: Check | RiskOptions;
  /** Rule sets of lines of business, rules about written code, forms of files. @default none */
  readonly constraints?: ConstraintOptions;
  /** What counts as private, and as no way out, for the rule of two; `false` switches its question off. */
  readonly taint?: TaintRules | false;
  readonly hooks?: HookBus | Hooks | readonly HookEntry[];
  /** @default "process" */
  readonly sandbox?: SandboxOptions["mode"] | Sandbox | Partial<SandboxOptions>;
  /** The same as `sandbox`. */
  readonly sandboxMode?: SandboxOptions["mode"];
  /** Applied to whatever a model reads of a tool, after the built-in redaction and fence. */
  readonly filters?: readonly ResultFilter[];
  /** What WebFetch and `ctx.fetch` may reach. */
  readonly network?: GuardedFetchOptions;
  /** @default a log in ~/.harness/audit */
  readonly audit?: AuditLogger | Audit | Partial<AuditLoggerOptions> | false;
  /** Path of a configuration file instead of those that are found; `false` = none at all, also no policies and instructions. */
  readonly config?: string | false;
  /** The project's own configuration and policy count in full, not only where they tighten. @default false */
  readonly trustProject?: boolean | "ask";
  /**
   * Kinds of sub-agents by name, besides general, explore, plan, review and those of `.harness/agents`; `false` = none.
   * A sub-agent can do less than the agent that asks for it, never more.
   */
  readonly agents?: Readonly<Record<string, AgentDefinition>> | false;
  readonly agentLimits?: AgentLimits;
  /**
   * Skills that the agent can load: `true` = those of `~/.harness/skills` and `.harness/skills`, directories that hold a
   * folder for each, or `false`. @default true with all tools, else false
   */
  readonly skills?: boolean | readonly string[];
  /**
   * When the history is made shorter: by itself as it comes near the model's context window, and once when a provider
   * refuses it for its length. Needs a model whose window is known, or `models` of the configuration. `false` = never.
   */
  readonly compaction?: CompactionOptions | false;
  /** What the agent may remember from session to session, as files in `~/.harness/memory`. @default false */
  readonly memory?: boolean | MemoryOptions;
  /**
   * What files hold before a tool changes them is kept in `~/.harness/checkpoints`, so that it can be undone. Of what a
   * command changes, only files that the session had changed before.
   * @default true
   */
  readonly checkpoints?: boolean;
  /**
   * `true` or options: tells OpenTelemetry through its API, which the host program sets up (see `/telemetry/node`). A
   * tracer of your own takes its place. @default nothing is traced
   */
  readonly telemetry?: boolean | TelemetryOptions | OpenTelemetryTracer | Tracer;
  /** Watch tools that keep failing, and rates that are not the agent's own; made once for all runs of a harness. @default nothing is watched */
  readonly guards?: Guards | GuardOptions;
  readonly retry?: Pick<ReliableModelOptions, "maxRetries" | "baseDelayMs" | "maxDelayMs">;
  /** Prices and limits of models. @default the catalogue */
  readonly prices?: Prices;
  readonly clock?: Clock;
  readonly random?: Random;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Used for calls to the provider. @default a keep-alive client */
  readonly fetch?: typeof fetch;
  /** Receives log lines of modules and tools. @default nothing */
  readonly log?: (message: string) => void;
}

/** Options of `createHarness`. */
export type HarnessOptions = Omit<RunOptions, "signal">;
