import type * as otel from "@opentelemetry/api";

import type { Usage } from "../spec/index.ts";
import type { NameBounds } from "./bounded-names.ts";
import {
  AGENT_DURATION_BUCKETS,
  AGENT_METRICS,
  attributeNames,
  CALL_BUCKETS,
  DURATION_BUCKETS,
  metricNames,
  providerName,
  TOKEN_BUCKETS,
  type Conventions,
} from "./semantic-names.ts";

/** The metrics of the conventions for generative AI. Durations come in milliseconds and are told in seconds. */
export interface ConventionMetrics {
  modelCall(call: CountedModelCall): void;
  agent(run: CountedRun): void;
  tool(call: { readonly tool: string; readonly durationMs: number; readonly errorType: string | undefined }): void;
}

/** One attempt of a model call. */
export interface CountedModelCall {
  readonly provider: string;
  readonly requestModel: string;
  readonly responseModel: string | undefined;
  readonly durationMs: number;
  readonly firstChunkMs: number | undefined;
  readonly usage: Usage | undefined;
  readonly errorType: string | undefined;
}

/** One run of an agent. */
export interface CountedRun {
  readonly agent: string;
  readonly durationMs: number;
  readonly modelCalls: number;
  readonly toolCalls: number;
  readonly errorType: string | undefined;
}

/** Makes the metrics of one generation of the conventions. */
export function createConventionMetrics(
  meter: otel.Meter,
  conventions: Conventions,
  bounds: NameBounds,
): ConventionMetrics {
  const names = attributeNames(conventions);
  const seconds = (name: string, buckets: readonly number[], description: string): otel.Histogram =>
    meter.createHistogram(name, { unit: "s", description, advice: { explicitBucketBoundaries: [...buckets] } });
  const calls = (name: string, unit: string, description: string): otel.Histogram =>
    meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: [...CALL_BUCKETS] } });
  const { modelDuration, firstChunk } = metricNames(conventions);
  const duration = seconds(modelDuration, DURATION_BUCKETS, "One attempt of a model call");
  const chunk = seconds(firstChunk, DURATION_BUCKETS, "Until a model's first chunk came");
  const addTokens = conventions === "next" ? openTokenCounters(meter) : openTokenHistogram(meter, names.tokenType);
  const agentDuration = seconds(AGENT_METRICS.agentDuration, AGENT_DURATION_BUCKETS, "One run of an agent");
  const agentModelCalls = calls(AGENT_METRICS.agentModelCalls, "{inference_call}", "Model calls of one run");
  const agentToolCalls = calls(AGENT_METRICS.agentToolCalls, "{tool_call}", "Tool calls of one run");
  const toolDuration = seconds(
    AGENT_METRICS.toolDuration,
    DURATION_BUCKETS,
    "One tool call, who decided about it included",
  );
  const withError = (labels: otel.Attributes, errorType: string | undefined): otel.Attributes =>
    errorType === undefined ? labels : { ...labels, [names.errorType]: bounds.error(errorType) };
  return {
    modelCall({ provider, requestModel, responseModel, durationMs, firstChunkMs, usage, errorType }) {
      const labels: otel.Attributes = {
        [names.operation]: "chat",
        [names.provider]: bounds.provider(providerName(provider)),
        [names.requestModel]: bounds.model(requestModel),
      };
      if (responseModel !== undefined) labels[names.responseModel] = bounds.model(responseModel);
      duration.record(durationMs / 1000, withError(labels, errorType));
      if (firstChunkMs !== undefined) chunk.record(firstChunkMs / 1000, labels);
      if (usage !== undefined) addTokens(usage, labels);
    },
    agent({ agent, durationMs, modelCalls, toolCalls, errorType }) {
      const labels = { [names.agent]: bounds.agent(agent) };
      agentDuration.record(durationMs / 1000, withError(labels, errorType));
      agentModelCalls.record(modelCalls, labels);
      agentToolCalls.record(toolCalls, labels);
    },
    tool: ({ tool, durationMs, errorType }) =>
      toolDuration.record(durationMs / 1000, withError({ [names.toolName]: tool }, errorType)),
  };
}

const USAGE_PARTS = ["input", "output", "cacheRead", "cacheWrite", "reasoning"] as const;

type AddTokens = (usage: Usage, labels: otel.Attributes) => void;

function openTokenHistogram(meter: otel.Meter, typeName: string): AddTokens {
  const tokens = meter.createHistogram(metricNames("1.41").tokens, {
    unit: "{token}",
    description: "Tokens of one model call; cached ones and reasoning are parts of input and output",
    advice: { explicitBucketBoundaries: [...TOKEN_BUCKETS] },
  });
  return ({ input, output }, labels) => {
    tokens.record(input, { ...labels, [typeName]: "input" });
    tokens.record(output, { ...labels, [typeName]: "output" });
  };
}

function openTokenCounters(meter: otel.Meter): AddTokens {
  const names = metricNames("next");
  const description = "Tokens of model calls";
  const counter = (name: string): otel.Counter => meter.createCounter(name, { unit: "{token}", description });
  const counters = {
    input: counter(names.inputTokens),
    output: counter(names.outputTokens),
    cacheRead: counter(names.cacheReadTokens),
    cacheWrite: counter(names.cacheWriteTokens),
    reasoning: counter(names.reasoningTokens),
  } satisfies Record<Exclude<keyof Usage, "cacheWrite1h">, otel.Counter>;
  return (usage, labels) => {
    // No provider tells tokens by modality in a form that all of them share.
    const modal = { ...labels, "gen_ai.token.modality": "unknown" };
    for (const part of USAGE_PARTS) counters[part].add(usage[part], modal);
  };
}
