import type { ContentPart, TextPart } from "./content-part.ts";
import type { JsonValue } from "./json.ts";

/**
 * One entry of a history, in the words of no vendor. Entries are frozen when they are appended and shared by
 * reference from then on: an adapter may cache their wire form by identity.
 */
export type ModelMessage = UserMessage | AssistantMessage | ToolMessage;

/** What a person (or the program) says to the model. */
export interface UserMessage {
  readonly role: "user";
  readonly content: readonly ContentPart[];
}

/** What a model answered. */
export interface AssistantMessage {
  readonly role: "assistant";
  readonly content: readonly AssistantPart[];
  /** The model that wrote it: decides whether `providerData` may be replayed. */
  readonly model: { readonly provider: string; readonly id: string };
}

/** A part of an answer, in the order in which the model produced it. */
export type AssistantPart = AssistantTextPart | ReasoningPart | ToolCallPart | OpaquePart;

/** Text of an answer. */
export interface AssistantTextPart extends TextPart {
  /** Vendor's data that belongs to the part (a signature, an item id), replayed verbatim to the same provider only. */
  readonly providerData?: JsonValue;
}

/** A model's reasoning or its summary. Other vendors don't see it. */
export interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
  /** Signature or encrypted content, replayed verbatim to the same provider only. */
  readonly providerData?: JsonValue;
}

/** A tool call that the model asked for. */
export interface ToolCallPart {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  /** The parsed arguments. `undefined` when the text that came was not a JSON object: see `invalidArgs`. */
  readonly args: JsonValue | undefined;
  /** The text that did not parse. Such a call is answered with an error and never executed. */
  readonly invalidArgs?: string;
  readonly providerData?: JsonValue;
}

/** Something only its vendor understands (a compaction block, a server-side tool's output): replayed to that vendor verbatim. */
export interface OpaquePart {
  readonly type: "opaque";
  readonly providerData: JsonValue;
}

/** The results of the tool calls of the answer before it, one for each call and in the same order. */
export interface ToolMessage {
  readonly role: "tool";
  readonly content: readonly ToolResultPart[];
}

/** What the model reads of one tool call. */
export interface ToolResultPart {
  readonly type: "tool-result";
  readonly toolCallId: string;
  readonly name: string;
  readonly content: string | readonly ContentPart[];
  readonly isError: boolean;
}
