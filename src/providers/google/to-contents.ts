import type { AssistantMessage, AssistantPart, ContentPart, ModelMessage, ToolMessage } from "../../spec/index.ts";
import { asObject, asString } from "../shared/index.ts";
import { toMediaPart } from "./media.ts";
import { PROVIDER } from "./provider.ts";

/** Where a history is replayed. */
export interface ReplayContext {
  readonly modelId: string;
  readonly demandsSignatures: boolean;
}

/** The history as the API takes it. */
export interface WireHistory {
  readonly contents: object[];
  /** Where an answer that the vendor paused goes on. */
  readonly continuationToken?: string;
}

/** A call of the latest answer, which the next message must answer. */
interface WaitingCall {
  readonly toolCallId: string;
  readonly name: string;
  /** The vendor's own id; calls that never had one are matched by name and order. */
  readonly wireId: string | undefined;
}

/**
 * Stands in for the signature of a call that another model made, as the vendor's page asks for.
 * Source: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
const FOREIGN_SIGNATURE = "skip_thought_signature_validator";

/** The wire form of a history. Throws a `ProviderError` for content that cannot be sent. */
export function toContents(messages: readonly ModelMessage[], context: ReplayContext): WireHistory {
  const { rest, continuationToken } = takePaused(messages, context);
  const contents: object[] = [];
  let waiting: readonly WaitingCall[] = [];
  const add = (role: "user" | "model", parts: readonly object[]): void => {
    if (parts.length > 0) contents.push({ role, parts });
  };
  for (const message of rest) {
    // The API refuses calls without results.
    if (message.role !== "tool") add("user", waiting.map(toMissingResponse));
    switch (message.role) {
      case "user":
        add("user", message.content.flatMap(toInputPart));
        waiting = [];
        break;
      case "assistant":
        add("model", toAnswerParts(message, context));
        waiting = message.content.flatMap((part) => toWaitingCall(part, isSameModel(message, context)));
        break;
      case "tool":
        add("user", toResponseParts(message, waiting));
        waiting = [];
        break;
      default:
        message satisfies never;
    }
  }
  add("user", waiting.map(toMissingResponse));
  return { contents, ...(continuationToken !== undefined && { continuationToken }) };
}

function isSameModel({ model }: AssistantMessage, { modelId }: ReplayContext): boolean {
  return model.provider === PROVIDER && model.id === modelId;
}

/** A paused answer goes on from its token, with the history as it was before it. */
function takePaused(
  messages: readonly ModelMessage[],
  context: ReplayContext,
): { readonly rest: readonly ModelMessage[]; readonly continuationToken?: string } {
  const tokenOf = (message: ModelMessage | undefined): string | undefined => {
    if (message?.role !== "assistant" || !isSameModel(message, context)) return undefined;
    const last = message.content.at(-1);
    return last?.type === "opaque" ? asString(asObject(last.providerData)?.["continuationToken"]) : undefined;
  };
  const continuationToken = tokenOf(messages.at(-1));
  if (continuationToken === undefined) return { rest: messages };
  let end = messages.length;
  while (tokenOf(messages[end - 1]) !== undefined) end -= 1;
  return { rest: messages.slice(0, end), continuationToken };
}

function toInputPart(part: ContentPart): readonly object[] {
  if (part.type === "text") return part.text === "" ? [] : [{ text: part.text }];
  return [toMediaPart(part)];
}

function toAnswerParts(message: AssistantMessage, context: ReplayContext): readonly object[] {
  const isSame = isSameModel(message, context);
  let lacksSignature = !isSame && context.demandsSignatures;
  return message.content.flatMap((part) => {
    if (isSame && part.providerData !== undefined && !isInvalidCall(part)) return toOwnPart(part.providerData);
    const bare = toBarePart(part, isSame);
    // Of parallel calls only the first carries a signature.
    if (part.type !== "tool-call" || !lacksSignature) return bare;
    lacksSignature = false;
    return bare.map((call) => ({ ...call, thoughtSignature: FOREIGN_SIGNATURE }));
  });
}

function isInvalidCall(part: AssistantPart): boolean {
  return part.type === "tool-call" && part.args === undefined;
}

/** The vendor's part as it came. A token is no part of the content. */
function toOwnPart(providerData: unknown): readonly object[] {
  const part = asObject(providerData);
  return part === undefined || Object.hasOwn(part, "continuationToken") ? [] : [part];
}

function toBarePart(part: AssistantPart, isSame: boolean): readonly object[] {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [{ text: part.text }];
    case "reasoning":
      return isSame && part.text !== "" ? [{ text: part.text, thought: true }] : [];
    case "tool-call": {
      const args = asObject(part.args) ?? { invalid_arguments: part.invalidArgs ?? "" };
      return [{ functionCall: { name: part.name, args } }];
    }
    case "opaque":
      return [];
    default:
      return part satisfies never;
  }
}

function toWaitingCall(part: AssistantPart, isSame: boolean): readonly WaitingCall[] {
  if (part.type !== "tool-call") return [];
  const call = isSame && !isInvalidCall(part) ? asObject(asObject(part.providerData)?.["functionCall"]) : undefined;
  return [{ toolCallId: part.id, name: part.name, wireId: asString(call?.["id"]) }];
}

/** The answers to all calls in one content, in the order of the calls; pictures stand behind them. */
function toResponseParts({ content: results }: ToolMessage, waiting: readonly WaitingCall[]): readonly object[] {
  const known = new Set(waiting.map(({ toolCallId }) => toolCallId));
  const strays = results.filter(({ toolCallId }) => !known.has(toolCallId));
  const calls = [...waiting, ...strays.map(({ toolCallId, name }) => ({ toolCallId, name, wireId: undefined }))];
  const media: object[] = [];
  const responses = calls.map((call) => {
    const result = results.find(({ toolCallId }) => toolCallId === call.toolCallId);
    if (result === undefined) return toMissingResponse(call);
    const parts = typeof result.content === "string" ? [] : result.content;
    media.push(...parts.filter((part) => part.type !== "text").map(toMediaPart));
    const text =
      typeof result.content === "string"
        ? result.content
        : parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("\n");
    return toResponse(call, result.isError ? { error: text } : { output: text });
  });
  return [...responses, ...media];
}

function toResponse({ name, wireId }: WaitingCall, response: object): object {
  return { functionResponse: { ...(wireId !== undefined && { id: wireId }), name, response } };
}

function toMissingResponse(call: WaitingCall): object {
  return toResponse(call, { error: "The call was not carried out." });
}
