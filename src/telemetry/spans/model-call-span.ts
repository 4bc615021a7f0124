import type { ModelCallStart, ModelFinish, SpanFacts } from "../../spec/index.ts";
import { modelInput, modelOutput } from "../content.ts";
import { CONTENT_EVENT, providerName, type AttributeNames } from "../semantic-names.ts";
import type { Attempt, OpenSpan, SpanBeginning, SpanRecipe } from "../span-recipe.ts";

const MAX_NAME = 200;

/**
 * `chat`: one attempt of a model call. An attempt that fails before its first token ends its span, and the next one
 * gets its own, so that each stands with the model that it went to and the time that it took.
 */
export const modelCallSpan: SpanRecipe<"model-call"> = {
  kind: "client",
  begin: (start, { names }) => beginning(start, start, names),
  note(fact, open) {
    switch (fact.type) {
      case "selected":
        return select(fact, open);
      case "attempt-failed":
        return again(fact, open);
      case "first-chunk":
        attemptOf(open).firstChunkMs ??= open.elapsed();
        return;
      case "finished":
        return finish(fact, open);
      default:
        return fact satisfies never;
    }
  },
  end(open) {
    const { start, facts } = open;
    const { scope, metrics } = open.surroundings;
    if (scope !== undefined) scope.modelCalls += 1;
    count(open, facts?.type === "finished" ? facts.finish : undefined);
    if (facts?.type !== "finished") return;
    const {
      finish: { usage, message },
      cost,
    } = facts;
    if (usage !== undefined) metrics.addTokens({ provider: message.model.provider, model: message.model.id }, usage);
    if (scope === undefined) return;
    if (cost !== undefined) metrics.sessions.addCost(scope.rootId, cost);
    const used = usage?.input ?? start.inputTokens;
    if (start.contextWindow !== undefined && start.contextWindow > 0 && !scope.isSubAgent) {
      metrics.sessions.setShare(scope.rootId, Math.min(1, used / start.contextWindow));
    }
  },
};

type ModelCall = OpenSpan<"model-call">;
type Fact<Type extends SpanFacts["model-call"]["type"]> = SpanFacts["model-call"] & { readonly type: Type };

function attemptOf(open: ModelCall): Attempt {
  const { provider, model } = open.start;
  return (open.attempt ??= { provider, model, firstChunkMs: undefined, count: 1 });
}

function select({ provider, model }: Fact<"selected">, open: ModelCall): void {
  const attempt = attemptOf(open);
  if (attempt.provider === provider && attempt.model === model) return;
  Object.assign(attempt, { provider, model });
  open.rename(`chat ${model}`);
  const { names } = open.surroundings;
  open.set({ [names.provider]: providerName(provider), [names.requestModel]: model });
}

function again({ delayMs, error }: Fact<"attempt-failed">, open: ModelCall): void {
  const attempt = attemptOf(open);
  open.fail("attempt_failed", error);
  count(open, undefined);
  Object.assign(attempt, { firstChunkMs: undefined, count: attempt.count + 1 });
  const { names } = open.surroundings;
  const { name, attributes } = beginning(open.start, attempt, names);
  open.restart({ name, attributes: { ...attributes, [names.attempt]: attempt.count } }, delayMs);
}

function finish({ finish: ended, cost }: Fact<"finished">, open: ModelCall): void {
  const { names, settings, scope } = open.surroundings;
  const { firstChunkMs } = attemptOf(open);
  const { usage } = ended;
  open.set({
    // A server says both, as long as it likes.
    [names.responseModel]: ended.message.model.id.slice(0, MAX_NAME),
    [names.finishReasons]: [(ended.rawReason ?? ended.reason).slice(0, MAX_NAME)],
    [names.firstChunk]: firstChunkMs === undefined ? undefined : firstChunkMs / 1000,
    [names.cost]: cost,
    [names.inputTokens]: usage?.input,
    [names.outputTokens]: usage?.output,
    [names.cacheReadTokens]: usage?.cacheRead,
    [names.cacheWriteTokens]: usage?.cacheWrite,
    [names.reasoningTokens]: usage?.reasoning,
  });
  if (!settings.content.prompts && !settings.content.responses) return;
  const capture = { names, settings, redact: scope?.redact };
  const content = { ...modelInput(open.start.request, capture), ...modelOutput(ended, capture) };
  if (Object.keys(content).length === 0) return;
  if (settings.contentTo !== "events") open.set(content);
  if (settings.contentTo !== "spans") open.emit(CONTENT_EVENT, { [names.operation]: "chat", ...content });
}

function count(open: ModelCall, finished: ModelFinish | undefined): void {
  const { errorType } = open;
  const { metrics } = open.surroundings;
  const { provider, model, firstChunkMs } = attemptOf(open);
  const durationMs = open.elapsed();
  metrics.addLatency({ provider, model }, durationMs);
  metrics.conventions.modelCall({
    provider,
    requestModel: model,
    responseModel: finished?.message.model.id,
    durationMs,
    firstChunkMs,
    usage: finished?.usage,
    errorType,
  });
}

function beginning(
  { request, prompt }: ModelCallStart,
  { provider, model }: Pick<Attempt, "provider" | "model">,
  names: AttributeNames,
): SpanBeginning {
  const attributes = {
    [names.operation]: "chat",
    [names.provider]: providerName(provider),
    [names.requestModel]: model,
    [names.maxTokens]: request.maxOutputTokens,
    [names.stream]: true,
    [names.outputType]: request.output === undefined ? "text" : "json",
    [names.reasoningLevel]: request.reasoning?.effort,
    [names.promptName]: prompt?.name,
    [names.promptVersion]: prompt?.version,
  };
  return { name: `chat ${model}`, attributes };
}
