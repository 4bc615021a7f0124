/**
 * Which generation of OpenTelemetry's conventions for generative AI is written: those of the last release that has a
 * number ("1.41", what backends read today), or those of the repository that they moved to ("next"). Both are in
 * development: https://github.com/open-telemetry/semantic-conventions-genai
 */
export type Conventions = "1.41" | "next";

/** Names of attributes that both generations have. */
const SHARED = {
  operation: "gen_ai.operation.name",
  agent: "gen_ai.agent.name",
  conversation: "gen_ai.conversation.id",
  session: "session.id",
  errorType: "error.type",
  provider: "gen_ai.provider.name",
  requestModel: "gen_ai.request.model",
  maxTokens: "gen_ai.request.max_tokens",
  stream: "gen_ai.request.stream",
  outputType: "gen_ai.output.type",
  responseModel: "gen_ai.response.model",
  finishReasons: "gen_ai.response.finish_reasons",
  firstChunk: "gen_ai.response.time_to_first_chunk",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  cacheReadTokens: "gen_ai.usage.cache_read.input_tokens",
  reasoningTokens: "gen_ai.usage.reasoning.output_tokens",
  tokenType: "gen_ai.token.type",
  promptName: "gen_ai.prompt.name",
  toolName: "gen_ai.tool.name",
  toolCallId: "gen_ai.tool.call.id",
  toolType: "gen_ai.tool.type",
  toolDescription: "gen_ai.tool.description",
  systemInstructions: "gen_ai.system_instructions",
  inputMessages: "gen_ai.input.messages",
  outputMessages: "gen_ai.output.messages",
  toolDefinitions: "gen_ai.tool.definitions",
  toolArguments: "gen_ai.tool.call.arguments",
  toolResult: "gen_ai.tool.call.result",
  /** In no convention; backends read it (Langfuse). On model calls only, so that nobody counts it twice. */
  cost: "gen_ai.usage.cost",
} as const;

/** Names that differ. `undefined`: not written in this generation. */
const DIFFERENT = {
  "1.41": {
    cacheWriteTokens: "gen_ai.usage.cache_creation.input_tokens",
    promptVersion: "harness.prompt.version",
    reasoningLevel: "harness.request.reasoning.level",
    /** The agent's span tells the provider in this generation only. */
    agentProvider: "gen_ai.provider.name",
  },
  next: {
    cacheWriteTokens: "gen_ai.usage.cache_write.input_tokens",
    promptVersion: "gen_ai.prompt.version",
    reasoningLevel: "gen_ai.request.reasoning.level",
    agentProvider: "harness.provider",
  },
} as const satisfies Record<Conventions, Readonly<Record<string, string>>>;

/** What no convention has a name for. */
const OWN = {
  turn: "harness.turn",
  turns: "harness.turns",
  toolCalls: "harness.tool_calls",
  stopReason: "harness.stop_reason",
  totalTokens: "harness.tokens",
  totalCost: "harness.cost",
  finishReason: "harness.finish_reason",
  attempt: "harness.attempt",
  outcome: "harness.tool.outcome",
  effect: "harness.tool.effect",
  decisionEffect: "harness.decision.effect",
  decisionLayer: "harness.decision.layer",
  decisionRule: "harness.decision.rule",
  approvalDecision: "harness.approval.decision",
  approvalRisk: "harness.approval.risk",
  sandboxMode: "harness.sandbox.mode",
  exitCode: "process.exit.code",
  timedOut: "harness.sandbox.timed_out",
  oomKilled: "harness.sandbox.oom_killed",
} as const;

/** Every name of an attribute that is written. */
export type AttributeNames = typeof SHARED & typeof OWN & (typeof DIFFERENT)[Conventions];

/** The names of attributes of one generation. */
export function attributeNames(conventions: Conventions): AttributeNames {
  return { ...SHARED, ...OWN, ...DIFFERENT[conventions] };
}

/** Names of the metrics of the conventions. */
const METRICS = {
  "1.41": {
    modelDuration: "gen_ai.client.operation.duration",
    firstChunk: "gen_ai.client.operation.time_to_first_chunk",
    tokens: "gen_ai.client.token.usage",
  },
  next: {
    modelDuration: "gen_ai.client.inference.duration",
    firstChunk: "gen_ai.client.inference.time_to_first_chunk",
    inputTokens: "gen_ai.client.inference.usage.input_tokens",
    outputTokens: "gen_ai.client.inference.usage.output_tokens",
    cacheReadTokens: "gen_ai.client.inference.usage.cache_read.input_tokens",
    cacheWriteTokens: "gen_ai.client.inference.usage.cache_write.input_tokens",
    reasoningTokens: "gen_ai.client.inference.usage.reasoning.output_tokens",
  },
} as const;

/** Metrics that both generations agree on, since 1.41 has none of this kind. */
export const AGENT_METRICS = {
  agentDuration: "gen_ai.invoke_agent.duration",
  agentModelCalls: "gen_ai.invoke_agent.inference_calls",
  agentToolCalls: "gen_ai.invoke_agent.tool_calls",
  toolDuration: "gen_ai.execute_tool.duration",
} as const;

/** The names of the metrics of one generation. */
export function metricNames<Generation extends Conventions>(conventions: Generation): (typeof METRICS)[Generation] {
  return METRICS[conventions];
}

/** The event that carries content where it does not go onto spans. */
export const CONTENT_EVENT = "gen_ai.client.inference.operation.details";

/** Values of `gen_ai.provider.name` where the convention's word is another than ours. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["azure", "azure.ai.openai"],
  ["google", "gcp.gemini"],
  ["mistral", "mistral_ai"],
  ["moonshot", "moonshot_ai"],
  ["xai", "x_ai"],
]);

/** A provider as the conventions name it. */
export function providerName(provider: string): string {
  return PROVIDERS.get(provider) ?? provider;
}

/** Buckets of durations in seconds. */
export const DURATION_BUCKETS: readonly number[] = doubling(0.01, 14);
/** Buckets of durations of whole agents, in seconds. */
export const AGENT_DURATION_BUCKETS: readonly number[] = doubling(0.1, 13);
/** Buckets of counts of calls. */
export const CALL_BUCKETS: readonly number[] = doubling(1, 8);
/** Buckets of tokens: fours, up to 67 108 864. */
export const TOKEN_BUCKETS: readonly number[] = Array.from({ length: 14 }, (_, index) => 4 ** index);

function doubling(first: number, count: number): readonly number[] {
  // Rounded, so that the borders are what people write: 0.01 times a power of two is not always.
  return Array.from({ length: count }, (_, index) => Number((first * 2 ** index).toFixed(2)));
}
