import type { ConfigSections, HookConfig, ModelConfig, ProviderConfig } from "./harness-config.ts";
import { PROVIDER_NAMES } from "./provider-names.ts";
import {
  added,
  anyValue,
  onlyLess,
  onlyMore,
  onlyNarrower,
  onlySame,
  onlySome,
  onlyStricter,
  onlySwitched,
  type TrustRule,
} from "./trust-rules.ts";
import {
  blockedCommands,
  domains,
  hookCommand,
  hookEvent,
  hookTimeout,
  hosts,
  protectedPaths,
  toolNames,
  type ValueCheck,
} from "./value-checks.ts";
import {
  amount,
  anyNumber,
  count,
  oneOf,
  path,
  pathPatterns,
  paths,
  price,
  rules,
  share,
  text,
  texts,
  webAddress,
  yesOrNo,
  type ValueReader,
} from "./value-readers.ts";

/** One key of a section: how its value is read, and what of it counts from a project that nobody trusts. */
export interface Setting<Value> {
  readonly read: ValueReader<Value>;
  /** What is asked of a value that was read, if its key is there. */
  readonly check?: ValueCheck<Value>;
  readonly trust: TrustRule<Value>;
}

/** The settings of a section; every key of its type must stand here. */
export type SectionTable<Section> = {
  readonly [Key in keyof Required<Section>]: Setting<NonNullable<Section[Key]>>;
};

const STRATEGIES = ["manual", "cost_optimized", "quality_first", "latency_first"] as const;
/** From the loosest to the strictest, as are permission modes and sandboxes. */
const LIMIT_ACTIONS = ["ask", "degrade", "stop"] as const;
const PERMISSION_MODES = ["bypass", "accept_edits", "default", "plan"] as const;
const PII_ACTIONS = ["redact", "mask", "hash", "block"] as const;
const SANDBOX_MODES = ["none", "process", "os", "wasm", "docker"] as const;
const DOCKER_PULLS = ["missing", "never"] as const;
const DOCKER_WORKSPACES = ["mount", "copy"] as const;

/** Every key that a file may hold. The numbers are the defaults of a run, which a project may not exceed either. */
export const SETTINGS: { readonly [Name in keyof ConfigSections]: SectionTable<ConfigSections[Name]> } = {
  defaults: {
    provider: { read: oneOf(PROVIDER_NAMES), trust: anyValue },
    model: { read: text, trust: anyValue },
  },
  router: {
    strategy: { read: oneOf(STRATEGIES), trust: anyValue },
    fallbackChain: { read: texts, trust: anyValue },
    maxCostPerSession: { read: amount, trust: onlyLess() },
    maxTokensPerSession: { read: count, trust: onlyLess() },
    simpleTaskModel: { read: text, trust: anyValue },
  },
  budget: {
    maxCostPerRun: { read: amount, trust: onlyLess() },
    maxTokensPerRun: { read: count, trust: onlyLess() },
    maxTurnsPerRun: { read: count, trust: onlyLess() },
    maxToolCallsPerRun: { read: count, trust: onlyLess() },
    maxWallMsPerRun: { read: count, trust: onlyLess() },
    maxCostPerDay: { read: amount, trust: onlyLess() },
    maxTokensPerDay: { read: count, trust: onlyLess() },
    maxCostPerMonth: { read: amount, trust: onlyLess() },
    maxTokensPerMonth: { read: count, trust: onlyLess() },
    // Another name or file would begin with nothing spent.
    tenant: { read: text, trust: onlySame },
    ledger: { read: path, trust: onlySame },
    onLimit: { read: oneOf(LIMIT_ACTIONS), trust: onlyStricter(LIMIT_ACTIONS, "stop") },
    degradeAt: { read: share, trust: anyValue },
    warnAt: { read: share, trust: anyValue },
    tellModel: { read: yesOrNo, trust: anyValue },
  },
  permissions: {
    mode: { read: oneOf(PERMISSION_MODES), trust: onlyStricter(PERMISSION_MODES, "default") },
    allow: { read: rules, trust: onlySome },
    deny: { read: rules, trust: added },
    ask: { read: rules, trust: added },
  },
  constraints: {
    domains: { read: texts, check: domains, trust: added },
    code: { read: yesOrNo, trust: onlySwitched(true) },
    largeAmount: { read: amount, trust: onlyLess(10_000) },
  },
  policy: {
    // A policy that the configuration names is trusted, so none may come; and one that goes takes its denials along.
    policyPaths: { read: paths, trust: onlySame },
    simulationMode: { read: yesOrNo, trust: onlySwitched(false) },
  },
  audit: {
    enabled: { read: yesOrNo, trust: onlySwitched(true) },
    scanPii: { read: yesOrNo, trust: onlySwitched(true) },
    // A shorter life would delete the user's records.
    retentionDays: { read: count, trust: onlyMore },
    retentionMaxSizeMb: { read: amount, trust: onlyMore },
    logToolArgs: { read: yesOrNo, trust: onlySwitched(true) },
    dir: { read: path, trust: onlySame },
    piiAction: { read: oneOf(PII_ACTIONS), trust: onlySame },
    // Prompts are the person's: a repository must not have them kept.
    logPrompts: { read: yesOrNo, trust: onlySwitched(false) },
    signingKey: { read: path, trust: onlySame },
    signerName: { read: text, trust: onlySame },
    anchorFile: { read: path, trust: onlySame },
    team: { read: text, trust: onlySame },
  },
  sandbox: {
    enabled: { read: yesOrNo, trust: onlySwitched(true) },
    mode: { read: oneOf(SANDBOX_MODES), trust: onlyStricter(SANDBOX_MODES, "process") },
    // Where ours is, it is that of containers.
    maxMemoryMb: { read: count, trust: onlyLess(2048) },
    maxCpuSeconds: { read: count, trust: onlyLess() },
    maxProcesses: { read: count, trust: onlyLess(512) },
    maxFileSizeMb: { read: count, trust: onlyLess() },
    maxOpenFiles: { read: count, trust: onlyLess(1024) },
    maxDiskMb: { read: count, trust: onlyLess() },
    maxOutputBytes: { read: count, trust: onlyLess(1_048_576) },
    timeoutMs: { read: count, trust: onlyLess() },
    graceMs: { read: count, trust: onlyLess(250) },
    privateProcesses: { read: yesOrNo, trust: onlySwitched(true) },
    networkAccess: { read: yesOrNo, trust: onlySwitched(false) },
    allowedPaths: { read: paths, trust: onlySome },
    readPaths: { read: paths, trust: onlySome },
    allowedDomains: { read: texts, check: hosts, trust: onlySome },
    blockedCommands: { read: texts, check: blockedCommands, trust: added },
    // Images are not fetched unless the user said so: a project can only choose among those that the user has.
    dockerImage: { read: text, trust: anyValue },
    dockerPull: { read: oneOf(DOCKER_PULLS), trust: onlyStricter(DOCKER_PULLS, "never") },
    dockerRuntime: { read: text, trust: onlySame },
    dockerWorkspace: { read: oneOf(DOCKER_WORKSPACES), trust: onlyStricter(DOCKER_WORKSPACES, "mount") },
    dockerUser: { read: text, trust: onlySame },
    dockerCpus: { read: amount, trust: onlyLess() },
    dockerSocket: { read: path, trust: onlySame },
  },
  run: {
    maxTurns: { read: count, trust: onlyLess(100) },
    maxOutputTokens: { read: count, trust: onlyLess(16_384) },
    systemPrompt: { read: text, trust: onlySame },
  },
  timeouts: {
    firstChunkMs: { read: count, trust: onlyLess(300_000) },
    chunkMs: { read: count, trust: onlyLess(120_000) },
    turnMs: { read: count, trust: onlyLess() },
    toolMs: { read: count, trust: onlyLess(600_000) },
    runMs: { read: count, trust: onlyLess() },
    approvalMs: { read: count, trust: onlyLess() },
    closeMs: { read: count, trust: onlyLess(5000) },
  },
  tools: {
    enabled: { read: texts, check: toolNames, trust: onlyNarrower },
    directories: { read: paths, trust: onlySome },
    protectedPaths: { read: pathPatterns, check: protectedPaths, trust: added },
  },
  context: {
    compaction: { read: yesOrNo, trust: anyValue },
    threshold: { read: share, trust: anyValue },
    keep: { read: share, trust: anyValue },
  },
  agents: {
    enabled: { read: yesOrNo, trust: onlySwitched(false) },
    maxParallel: { read: count, trust: onlyLess(5) },
    maxDepth: { read: count, trust: onlyLess(2) },
  },
  skills: {
    enabled: { read: yesOrNo, trust: onlySwitched(false) },
  },
  memory: {
    // What a project could have the agent remember would reach every later session.
    enabled: { read: yesOrNo, trust: onlySwitched(false) },
    user: { read: yesOrNo, trust: onlySwitched(false) },
    project: { read: yesOrNo, trust: onlySwitched(false) },
  },
  observability: {
    // Traces hold what the agent sees: where they go is not for a project to say.
    enabled: { read: yesOrNo, trust: onlySame },
    exporter: { read: oneOf(["console", "otlp"]), trust: onlySame },
    otlpEndpoint: { read: webAddress, trust: onlySame },
    serviceName: { read: text, trust: anyValue },
  },
};

/** The keys of `[providers.<name>]`. An address of a project would get the user's key and prompts. */
export const PROVIDER_SETTINGS: SectionTable<ProviderConfig> = {
  apiKey: { read: text, trust: onlySame },
  baseUrl: { read: webAddress, trust: onlySame },
  model: { read: text, trust: anyValue },
};

/** The keys of `[hooks.<name>]`: a program that is run. A project that nobody trusts has none. */
export const HOOK_SETTINGS: SectionTable<HookConfig> = {
  event: { read: text, check: hookEvent, trust: onlySame },
  command: { read: texts, check: hookCommand, trust: onlySame },
  matcher: { read: texts, trust: onlySame },
  timeoutMs: { read: count, check: hookTimeout, trust: onlySame },
  onError: { read: oneOf(["deny", "ignore"]), trust: onlySame },
  order: { read: anyNumber, trust: onlySame },
};

/** The keys of `[models."<provider>/<id>"]`. Who sets a price decides what a budget lets through. */
export const MODEL_SETTINGS: SectionTable<ModelConfig> = {
  input: { read: price, trust: onlySame },
  output: { read: price, trust: onlySame },
  cacheRead: { read: price, trust: onlySame },
  cacheWrite: { read: price, trust: onlySame },
  cacheWrite1h: { read: price, trust: onlySame },
  contextWindow: { read: count, trust: onlySame },
  maxOutputTokens: { read: count, trust: onlySame },
  aliases: { read: texts, trust: onlySame },
  tools: { read: yesOrNo, trust: onlySame },
  vision: { read: yesOrNo, trust: onlySame },
  reasoning: { read: yesOrNo, trust: onlySame },
};
