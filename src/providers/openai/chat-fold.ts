import { ProviderError } from "../../errors/index.ts";
import type { AssistantPart, Usage } from "../../spec/index.ts";
import {
  type AnswerFold,
  asArray,
  asNumber,
  asObject,
  asString,
  parsePayload,
  truncatedStream,
  whoAnswered,
  type WireObject,
} from "../shared/index.ts";
import { createChatContent, type ChatContent } from "./chat-content.ts";
import { isCutOff, isFailure, toChatFinishReason } from "./chat-finish.ts";
import { throwStreamError } from "./stream-error.ts";
import { readChatUsage } from "./usage.ts";

/** Reads one Chat Completions stream. Its end is a `finish_reason`; usage may come with it or after it. */
export function createChatFold(model: { readonly provider: string; readonly id: string }): AnswerFold {
  const { provider } = model;
  const content = createChatContent();
  let rawReason: string | undefined;
  let usage: Usage | undefined;
  let isDone = false;
  let chunks = 0;
  let served: ReturnType<typeof whoAnswered> = {};

  return {
    get isDone() {
      return isDone;
    },
    push(payload, parts) {
      if (payload === "[DONE]") {
        isDone = true;
        return;
      }
      chunks += 1;
      const chunk = parsePayload(payload, provider);
      throwStreamError(chunk, provider);
      if (served.responseId === undefined) {
        const { model: name, system_fingerprint: systemFingerprint, id: responseId } = chunk;
        served = whoAnswered({ model: name, systemFingerprint, responseId });
      }
      usage = readChatUsage(chunk["usage"]) ?? readChatUsage(asObject(chunk["x_groq"])?.["usage"]) ?? usage;
      const choice = findChoice(chunk);
      if (choice === undefined) return;
      const delta = asObject(choice["delta"]);
      if (delta !== undefined) content.add(delta, parts);
      rawReason = readReason(choice, provider) ?? rawReason;
    },
    finish(parts) {
      if (chunks === 0) throw truncatedStream(provider, "it held no events");
      if (rawReason === undefined) throw truncatedStream(provider, "it ended without a finish_reason");
      const built = buildContent(content, rawReason, provider);
      const calls = built.filter((part) => part.type === "tool-call");
      for (const call of calls) parts.push({ type: "tool-call", call });
      return {
        type: "finish",
        reason: toChatFinishReason(rawReason, { hasCalls: calls.length > 0, isRefusal: content.isRefusal }),
        rawReason,
        usage,
        ...served,
        message: { role: "assistant", content: built, model: { provider, id: model.id } },
      };
    },
  };
}

/** We ask for one choice; others, if a server sends any, are not this answer. */
function findChoice(chunk: WireObject): WireObject | undefined {
  for (const element of asArray(chunk["choices"])) {
    const choice = asObject(element);
    if (choice !== undefined && (asNumber(choice["index"]) ?? 0) === 0) return choice;
  }
  return undefined;
}

function readReason(choice: WireObject, provider: string): string | undefined {
  const reason = asString(choice["finish_reason"]) || undefined;
  if (reason !== undefined && isFailure(reason)) {
    throw new ProviderError(`${provider} broke the answer off: ${reason}`, { provider, isRetryable: true });
  }
  return reason;
}

function buildContent(content: ChatContent, rawReason: string, provider: string): readonly AssistantPart[] {
  let parts: readonly AssistantPart[];
  try {
    parts = content.build({ isCutOff: isCutOff(rawReason) });
  } catch {
    throw truncatedStream(provider, "a tool call has no name");
  }
  const hasCalls = parts.some((part) => part.type === "tool-call");
  const isAnnounced = rawReason === "tool_calls" || rawReason === "function_call";
  if (isAnnounced && !hasCalls) throw truncatedStream(provider, "it announced tool calls and held none");
  return parts;
}
