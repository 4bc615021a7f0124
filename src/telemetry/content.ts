import type * as otel from "@opentelemetry/api";

import type {
  AssistantPart,
  ContentPart,
  ModelFinish,
  ModelMessage,
  ModelRequest,
  ToolCall,
  ToolCallResult,
  ToolResultPart,
} from "../spec/index.ts";
import type { AttributeNames } from "./semantic-names.ts";
import type { ContentGates, TelemetrySettings } from "./telemetry-options.ts";

/** What content is captured with. Without a redactor nothing is. */
export interface Capture {
  readonly names: AttributeNames;
  readonly settings: TelemetrySettings;
  readonly redact: ((text: string) => string) | undefined;
}

/** Characters of one attribute. */
const MAX_LENGTH = 60 * 1024;
/** Stands for what a gate holds back, so that a reader sees that there was something. */
const WITHHELD = "<REDACTED>";

/** System prompt, history and tools of a request, as far as the gates let them through. */
export function modelInput({ system, messages, tools }: ModelRequest, capture: Capture): otel.Attributes {
  const { names, settings } = capture;
  if (!settings.content.prompts) return {};
  return attributesOf(capture, {
    [names.systemInstructions]: system === undefined ? undefined : [{ type: "text", content: system }],
    [names.inputMessages]: latest(messages, settings.content),
    [names.toolDefinitions]: tools.map(({ name, description }) => ({ type: "function", name, description })),
  });
}

/** What the model answered. */
export function modelOutput({ message, rawReason, reason }: ModelFinish, capture: Capture): otel.Attributes {
  const { names, settings } = capture;
  if (!settings.content.responses) return {};
  const answer = { ...toMessage(message, settings.content), finish_reason: rawReason ?? reason };
  return attributesOf(capture, { [names.outputMessages]: [answer] });
}

/** The arguments of a call. No event carries them by themselves: they stand in the messages of the next model call. */
export function toolArguments({ args }: ToolCall, capture: Capture): otel.Attributes {
  const { content, contentTo } = capture.settings;
  if (!content.toolArgs || contentTo === "events") return {};
  return attributesOf(capture, { [capture.names.toolArguments]: args });
}

/** The result of a call, as the model reads it. */
export function toolResult({ content }: ToolCallResult, capture: Capture): otel.Attributes {
  const { content: gates, contentTo } = capture.settings;
  if (!gates.toolResults || contentTo === "events") return {};
  return attributesOf(capture, {
    [capture.names.toolResult]: typeof content === "string" ? content : content.map(toPart),
  });
}

/** Each text is redacted by itself, before JSON hides its line breaks and quotes from the rules. */
function attributesOf({ redact }: Capture, values: Readonly<Record<string, unknown>>): otel.Attributes {
  if (redact === undefined) return {};
  const attributes: otel.Attributes = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    try {
      const text = typeof value === "string" ? redact(value) : JSON.stringify(redactJson(value, redact));
      attributes[name] = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
    } catch {
      attributes[name] = WITHHELD;
    }
  }
  return attributes;
}

/** Keys, too: a model chooses those of arguments. */
function redactJson(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redactJson(item, redact));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), redactJson(item, redact)]));
}

/** The last messages that fit: a history of any length must not be written anew at every turn. */
function latest(messages: readonly ModelMessage[], gates: Required<ContentGates>): readonly object[] {
  const kept: object[] = [];
  let left = MAX_LENGTH;
  for (let index = messages.length - 1; index >= 0 && left > 0; index -= 1) {
    const message = messages[index];
    if (message === undefined) break;
    const written = toMessage(message, gates);
    left -= JSON.stringify(written).length;
    if (left > 0 || kept.length === 0) kept.unshift(written);
  }
  return kept;
}

/** A message in the form of the conventions: role and parts. */
function toMessage({ role, content }: ModelMessage, gates: Required<ContentGates>): object {
  return { role, parts: content.map((part) => gatedPart(part, role, gates)) };
}

function gatedPart(
  part: ContentPart | AssistantPart | ToolResultPart,
  role: ModelMessage["role"],
  gates: Required<ContentGates>,
): object {
  switch (part.type) {
    case "tool-call":
      return { type: "tool_call", id: part.id, name: part.name, arguments: gates.toolArgs ? part.args : WITHHELD };
    case "tool-result": {
      const { toolCallId: id, content } = part;
      const response = typeof content === "string" ? content : content.map(toPart);
      return { type: "tool_call_response", id, response: gates.toolResults ? response : WITHHELD };
    }
    case "reasoning":
    case "text": {
      const isShown = role === "assistant" ? gates.responses : gates.prompts;
      return { type: part.type, content: isShown ? part.text : WITHHELD };
    }
    case "opaque":
      return { type: "opaque" };
    case "image":
    case "file":
      return toPart(part);
    default:
      return part satisfies never;
  }
}

/** Bytes stay where they are. */
function toPart(part: ContentPart): object {
  if (part.type === "text") return { type: "text", content: part.text };
  return { type: part.type, mime_type: part.mediaType };
}
