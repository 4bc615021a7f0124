import type { JsonSchema } from "./json.ts";
import type { AssistantMessage, ModelMessage, ToolCallPart } from "./model-message.ts";
import type { ModelInfo, Usage } from "./usage.ts";

/**
 * The port to a language model: one method that streams parts for a request. Router, fallback, retry, recorder and
 * scripted model are models made of models; the agent knows one `Model`.
 */
export interface Model {
  /** The vendor's name, as in the catalogue: "anthropic", "openai", "google" … */
  readonly provider: string;
  /** The vendor's id of the model. */
  readonly id: string;
  /**
   * The model passes `silence` of its call options on to the models that it is made of, so that a silent one can be
   * left for the next; whoever calls it must not measure its silence too.
   */
  readonly watchesSilence?: boolean;
  /** Facts that the catalogue does not have or that the host knows better. */
  readonly info?: ModelInfo;
  /**
   * The models that would be asked for a request, in this order, as far as is known now; calls nobody. A model that is
   * made of models names each that it is about to call (`model-select`, `model-retry`, `model-fallback`,
   * `model-hedge`) and calls it only when its stream is read on: who pays may refuse before.
   */
  route?(request: ModelRequest, options: { readonly economy?: boolean }): readonly ModelName[];
  /**
   * Streams one answer. The last part is `finish`; an iterable that ends without one is a broken stream. Throws a
   * `ProviderError` for whatever the provider does wrong, and `signal.reason` on abort. Ending the iteration early
   * closes the connection. The iterator may be a `PartIterator`.
   */
  stream(request: ModelRequest, options: ModelCallOptions): AsyncIterable<ModelStreamPart>;
}

/** Which model is meant. */
export interface ModelName {
  readonly provider: string;
  readonly id: string;
}

/**
 * An iterator of parts that can also be emptied at once: what one chunk of the network brought costs one promise in
 * all, not one a part in each layer.
 */
export interface PartIterator extends AsyncIterator<ModelStreamPart> {
  /** Takes the next part if it is there already; `undefined` says nothing about the end: ask `next`. */
  ready?(): ModelStreamPart | undefined;
  /** The call that was announced last was not made yet: whoever breaks off meanwhile does not pay for it. @default false */
  readonly isWaiting?: boolean;
}

/** What goes to a model. */
export interface ModelRequest {
  readonly system?: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolSpec[];
  /** @default "auto" when there are tools */
  readonly toolChoice?: "auto" | "none" | "required" | { readonly name: string };
  /** Tokens; the adapter uses the model's own limit where this is left out and the vendor demands one. */
  readonly maxOutputTokens?: number;
  readonly reasoning?: Reasoning;
  /** Ask for an answer that follows a schema, by the vendor's own structured output. */
  readonly output?: { readonly name: string; readonly schema: JsonSchema };
}

/** How much a model may reason before it answers. */
export interface Reasoning {
  readonly effort?: "none" | "low" | "medium" | "high" | "max";
  /** Tokens, where the vendor takes a number. */
  readonly maxTokens?: number;
}

/** A tool as the model sees it. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
}

/** What a call to a model needs besides the request. */
export interface ModelCallOptions {
  readonly signal: AbortSignal;
  /** How long a model may say nothing. Whoever gives it measures the silence, unless the model itself does. */
  readonly silence?: SilenceLimits;
  /** Groups the requests of one conversation, where a vendor's cache takes such a key. */
  readonly sessionId?: string;
  /** The budget runs low: a router takes its cheapest model that may answer. */
  readonly economy?: boolean;
}

/** How long a model may say nothing, in milliseconds. */
export interface SilenceLimits {
  /** Until the first part. */
  readonly firstChunkMs: number;
  /** Between two parts. */
  readonly chunkMs: number;
}

/** A part of a model's stream. */
export type ModelStreamPart =
  /** Which model answers. Sent again by a router that moved on. */
  | {
      readonly type: "model-select";
      readonly provider: string;
      readonly id: string;
      readonly reason?: string;
      readonly strategy?: string;
    }
  | ModelRetry
  | ModelFallback
  /** A model has said nothing for a while: the same is asked of another one beside it, and who answers first counts. */
  | { readonly type: "model-hedge"; readonly provider: string; readonly id: string; readonly afterMs: number }
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "reasoning-delta"; readonly text: string }
  /** The provider is alive and has nothing to show: a keep-alive, a piece of a tool call's arguments. */
  | { readonly type: "ping" }
  /** A tool call is complete. The same call stands in the message of `finish`. */
  | { readonly type: "tool-call"; readonly call: ToolCallPart }
  | ModelFinish;

/** A call failed before its first token and will be tried again after `delayMs`. */
export interface ModelRetry {
  readonly type: "model-retry";
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: string;
  /** False when the provider cannot have billed the call that failed. @default true */
  readonly mayBeBilled?: boolean;
}

/** A call failed before its first token and the next model takes over. */
export interface ModelFallback {
  readonly type: "model-fallback";
  /** `provider/id`, as is `to`. */
  readonly from: string;
  readonly to: string;
  readonly error: string;
  /** False when the provider cannot have billed the call that failed. @default true */
  readonly mayBeBilled?: boolean;
}

/** The end of an answer: why, what it cost in tokens, and the whole message for the history. */
export interface ModelFinish {
  readonly type: "finish";
  readonly reason: FinishReason;
  /** The vendor's own word for the reason. */
  readonly rawReason?: string;
  /** Taken after the last chunk. `undefined` when the provider told nothing. */
  readonly usage: Usage | undefined;
  /** What really answered, in the vendor's words: its response's model version or system fingerprint. */
  readonly fingerprint?: string;
  /** The vendor's id of the response. */
  readonly responseId?: string;
  readonly message: AssistantMessage;
}

/** Why a model stopped, normalised. `pause_turn`: the vendor wants the history sent again to go on. */
export type FinishReason =
  "end_turn" | "tool_use" | "max_tokens" | "refusal" | "pause_turn" | "context_window" | "other";
