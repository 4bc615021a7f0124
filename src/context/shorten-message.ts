import type { AssistantPart, ContentPart, JsonValue, ModelMessage } from "../spec/index.ts";
import { sizeOfMessage } from "./message-size.ts";
import { shortenText } from "./shorten-text.ts";

/**
 * Makes one message fit about `maxBytes`: its texts lose their middle, media that are too much are named only. For a
 * message that is larger than the whole context. A message that fits is returned as it is.
 */
export function shortenMessage(message: ModelMessage, maxBytes: number): ModelMessage {
  if (sizeOfMessage(message) <= maxBytes) return message;
  const share = Math.max(200, Math.floor(maxBytes / Math.max(1, message.content.length)));
  switch (message.role) {
    case "user":
      return Object.freeze({ ...message, content: message.content.map((part) => shortenPart(part, share)) });
    case "tool":
      return Object.freeze({
        ...message,
        content: message.content.map((part) => {
          const { content } = part;
          if (typeof content === "string") return { ...part, content: shortenText(content, share, leftOut) };
          const each = Math.max(200, Math.floor(share / Math.max(1, content.length)));
          return { ...part, content: content.map((inner) => shortenPart(inner, each)) };
        }),
      });
    case "assistant":
      // Signatures of a vendor hold for the text as it was: they go with it.
      return Object.freeze({
        ...message,
        content: message.content.map((part) => shortenAnswer(part, share)),
      });
    default:
      return message satisfies never;
  }
}

function shortenAnswer(part: AssistantPart, maxBytes: number): AssistantPart {
  if (part.type === "text") {
    const text = shortenText(part.text, maxBytes, leftOut);
    return text === part.text ? part : { type: "text", text };
  }
  if (part.type !== "tool-call" || part.args === undefined) return part;
  return { ...part, args: shortenJson(part.args, maxBytes) };
}

/** The arguments of a call that is over keep their shape: only their texts lose their middle. */
function shortenJson(value: JsonValue, maxBytes: number): JsonValue {
  if (typeof value === "string") return shortenText(value, maxBytes, leftOut);
  if (typeof value !== "object" || value === null) return value;
  // `Array.isArray` does not narrow readonly arrays.
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => shortenJson(item, maxBytes));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shortenJson(item, maxBytes)]));
}

function shortenPart(part: ContentPart, maxBytes: number): ContentPart {
  if (part.type === "text") return { ...part, text: shortenText(part.text, maxBytes, leftOut) };
  return { type: "text", text: `[${part.type} left out: it did not fit the context]` };
}

function leftOut(missing: number): string {
  return `[… ${missing} bytes left out: they did not fit the context …]`;
}
