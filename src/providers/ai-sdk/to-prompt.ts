import type {
  AssistantMessage,
  AssistantPart,
  ContentPart,
  ModelMessage,
  ModelRequest,
  ToolMessage,
  ToolResultPart,
} from "../../spec/index.ts";
import { asObject } from "../shared/index.ts";
import { toFilePart, toResultMedia, type MediaContext } from "./to-media.ts";

/** A call of the latest answer, which the next message must answer. */
interface WaitingCall {
  readonly toolCallId: string;
  readonly toolName: string;
}

/** The prompt of a request. Throws a `ProviderError` for content that cannot be sent. */
export function toPrompt(
  { system, messages }: Pick<ModelRequest, "system" | "messages">,
  context: MediaContext,
): object[] {
  const prompt: object[] = [];
  let waiting: readonly WaitingCall[] = [];
  const add = (role: "user" | "assistant" | "tool", content: readonly object[]): void => {
    if (content.length > 0) prompt.push({ role, content });
  };
  if (system !== undefined && system !== "") prompt.push({ role: "system", content: system });
  for (const message of messages) {
    // Most vendors refuse calls without results.
    if (message.role !== "tool") add("tool", waiting.map(toMissingResult));
    const content = toContent(message, context);
    if (message.role === "tool") add("tool", [...findMissing(message, waiting), ...content]);
    else add(message.role, content);
    waiting = message.role === "assistant" ? message.content.flatMap(toWaitingCall) : [];
  }
  add("tool", waiting.map(toMissingResult));
  return prompt;
}

function toContent(message: ModelMessage, context: MediaContext): readonly object[] {
  switch (message.role) {
    case "user":
      return message.content.flatMap((part) => toInputPart(part, context));
    case "assistant":
      return message.content.flatMap((part) => toAnswerPart(part, message, context));
    case "tool":
      return message.content.map((part) => toResult(part, context));
    default:
      return message satisfies never;
  }
}

function toInputPart(part: ContentPart, context: MediaContext): readonly object[] {
  if (part.type !== "text") return [toFilePart(part, context)];
  return part.text === "" ? [] : [{ type: "text", text: part.text.toWellFormed() }];
}

function toAnswerPart(part: AssistantPart, { model }: AssistantMessage, context: MediaContext): readonly object[] {
  const { provider, modelId } = context.languageModel;
  // What a vendor adds to a part may be a signature, which is bound to the model that wrote it.
  const isSame = model.provider === provider && model.id === modelId;
  const own = isSame && part.type !== "opaque" ? asObject(part.providerData) : undefined;
  const extra = own === undefined ? {} : { providerOptions: own };
  switch (part.type) {
    case "text":
      return part.text === "" && own === undefined ? [] : [{ type: "text", text: part.text.toWellFormed(), ...extra }];
    case "reasoning":
      return isSame ? [{ type: "reasoning", text: part.text.toWellFormed(), ...extra }] : [];
    case "tool-call": {
      const input = part.args ?? { invalid_arguments: part.invalidArgs ?? "" };
      return [{ type: "tool-call", toolCallId: part.id, toolName: part.name, input, ...extra }];
    }
    case "opaque": {
      const whole = asObject(part.providerData);
      return isSame && whole !== undefined ? [whole] : [];
    }
    default:
      return part satisfies never;
  }
}

function toWaitingCall(part: AssistantPart): readonly WaitingCall[] {
  return part.type === "tool-call" ? [{ toolCallId: part.id, toolName: part.name }] : [];
}

function findMissing({ content }: ToolMessage, waiting: readonly WaitingCall[]): readonly object[] {
  const answered = new Set(content.map(({ toolCallId }) => toolCallId));
  return waiting.filter(({ toolCallId }) => !answered.has(toolCallId)).map(toMissingResult);
}

function toMissingResult(call: WaitingCall): object {
  return { type: "tool-result", ...call, output: { type: "error-text", value: "The call was not carried out." } };
}

function toResult({ toolCallId, name, content, isError }: ToolResultPart, context: MediaContext): object {
  return { type: "tool-result", toolCallId, toolName: name, output: toOutput(content, isError, context) };
}

function toOutput(content: ToolResultPart["content"], isError: boolean, context: MediaContext): object {
  const parts: readonly ContentPart[] = typeof content === "string" ? [{ type: "text", text: content }] : content;
  // The specification has no error with pictures; the picture says more than the mark.
  if (parts.every((part) => part.type === "text")) {
    const value = parts.map((part) => part.text.toWellFormed()).join("\n");
    return { type: isError ? "error-text" : "text", value };
  }
  const value = parts.map((part) =>
    part.type === "text" ? { type: "text", text: part.text.toWellFormed() } : toResultMedia(part, context),
  );
  return { type: "content", value };
}
