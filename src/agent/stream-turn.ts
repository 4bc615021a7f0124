import { raceSignal } from "../async/index.ts";
import { ProviderError } from "../errors/index.ts";
import type { AssistantMessage, ModelFinish, ModelRequest, ModelStreamPart, Span } from "../spec/index.ts";
import type { AgentRun } from "./agent-run.ts";
import type { CallAccount } from "./call-account.ts";
import { PartReader } from "./part-reader.ts";
import { recordChoice } from "./record-model.ts";

/** What streaming an answer needs besides the request. */
export interface StreamTurnOptions {
  readonly signal: AbortSignal;
  /** Pays for every call that a model made of models announces, before it is made. */
  readonly account: Pick<CallAccount, "follow" | "breakOff">;
  readonly economy: boolean;
  readonly span: Span<"model-call"> | undefined;
}

/**
 * Streams one answer of the model to the reader and returns its end: the deltas, as they come. Throws a `ProviderError`
 * when the stream ends without an end; what came of an answer that breaks off is paid.
 */
export async function streamTurn(
  run: AgentRun,
  request: ModelRequest,
  { signal, account, economy, span }: StreamTurnOptions,
): Promise<ModelFinish> {
  const { emitter, model, scope } = run;
  const progress = { characters: 0 };
  let parts: PartReader | undefined;
  try {
    parts = new PartReader(model.stream(request, { signal, sessionId: scope.sessionId, economy }));
    for (;;) {
      const part = parts.ready() ?? parts.take(await parts.ask());
      if (part === undefined) break;
      if (span !== undefined && progress.characters === 0) notePart(span, part);
      if (part.type === "finish") return part;
      showPart(run, part, progress);
      // A delta never waits: only what tells of another call is something to pay and to record.
      const paid = part.type === "text-delta" ? undefined : followCall(run, part, account);
      if (paid !== undefined) await paid;
      // A reader that stopped without leaving must not hold a run that is over.
      if (emitter.isFull) await raceSignal(emitter.ready(), signal);
    }
    signal.throwIfAborted();
    const { provider } = model;
    throw new ProviderError(`The stream of ${provider} ended without its end`, { provider, isRetryable: true });
  } catch (error) {
    await account.breakOff(error, progress.characters, parts?.isWaiting);
    throw error;
  } finally {
    const closing = parts?.close();
    if (closing !== undefined) await closing;
  }
}

function followCall(
  run: AgentRun,
  part: ModelStreamPart,
  account: Pick<CallAccount, "follow">,
): Promise<void> | undefined {
  recordChoice(run, part);
  return account.follow(part);
}

/** Counts what came, for a call that breaks off. */
interface Progress {
  characters: number;
}

/** What a trace keeps of the stream: which model answers, what failed before it did, and when it began. */
function notePart(span: Span<"model-call">, part: ModelStreamPart): void {
  if (part.type === "model-select") span.note({ type: "selected", provider: part.provider, model: part.id });
  else if (part.type === "model-retry" || part.type === "model-fallback") {
    const delayMs = part.type === "model-retry" ? part.delayMs : 0;
    span.note({ type: "attempt-failed", error: part.error, delayMs });
  } else if (part.type !== "ping") span.note({ type: "first-chunk" });
}

function showPart(
  { emitter, redact }: AgentRun,
  part: Exclude<ModelStreamPart, ModelFinish>,
  progress: Progress,
): void {
  switch (part.type) {
    case "text-delta":
      progress.characters += part.text.length;
      return emitter.emit({ type: "text", text: part.text, isPartial: true });
    case "reasoning-delta":
      progress.characters += part.text.length;
      return emitter.emit({ type: "reasoning", text: part.text, isPartial: true });
    case "model-select": {
      const { provider, id, reason } = part;
      const data = reason === undefined ? { provider, model: id } : { provider, model: id, reason };
      return emitter.emit({ type: "system", subtype: "model_selected", data });
    }
    case "model-retry": {
      const { attempt, delayMs, error } = part;
      return emitter.emit({ type: "system", subtype: "model_retry", data: { attempt, delayMs, error: redact(error) } });
    }
    case "model-fallback": {
      const { from, to, error } = part;
      return emitter.emit({ type: "system", subtype: "model_fallback", data: { from, to, error: redact(error) } });
    }
    case "model-hedge": {
      const { provider, id, afterMs } = part;
      return emitter.emit({ type: "system", subtype: "model_hedged", data: { provider, model: id, afterMs } });
    }
    case "ping":
    case "tool-call":
      // Announced as `tool_use` when its turn to run comes, so that a reader sees each call once.
      return;
    default:
      return part satisfies never;
  }
}

/** Shows the whole text of an answer, once, when it is kept: what a reader has as whole is in the journal. */
export function showWhole({ emitter }: AgentRun, message: AssistantMessage): void {
  const reasoning = textOf(message, "reasoning");
  if (reasoning !== "") emitter.emit({ type: "reasoning", text: reasoning, isPartial: false });
  const text = textOf(message, "text");
  if (text !== "") emitter.emit({ type: "text", text, isPartial: false });
}

/** The text of an answer, or its reasoning. */
export function textOf(message: AssistantMessage, type: "text" | "reasoning"): string {
  let text = "";
  for (const part of message.content) if (part.type === type) text += part.text;
  return text;
}
