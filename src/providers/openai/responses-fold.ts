import type { AssistantPart, FinishReason, ModelStreamPart } from "../../spec/index.ts";
import {
  type AnswerFold,
  asNumber,
  asObject,
  asObjects,
  asString,
  parsePayload,
  truncatedStream,
  whoAnswered,
  type WireObject,
} from "../shared/index.ts";
import { closeItem, type OpenItem } from "./responses-item.ts";
import { createOpenItems, type OpenItems } from "./responses-items.ts";
import { throwStreamError } from "./stream-error.ts";
import { readResponsesUsage } from "./usage.ts";

/** How an answer may have ended. One that was cancelled is not whole, whatever event says so. */
const ENDED: readonly string[] = ["completed", "incomplete"];

/** Reads one stream of the Responses API. Its end is `response.completed` or `response.incomplete`. */
export function createResponsesFold(model: { readonly provider: string; readonly id: string }): AnswerFold {
  const { provider } = model;
  const items = createOpenItems();
  const callIds = new Set<string>();
  let end: WireObject | undefined;
  let events = 0;

  return {
    get isDone() {
      return end !== undefined;
    },
    push(payload, parts) {
      if (payload === "[DONE]") return;
      events += 1;
      const event = parsePayload(payload, provider);
      throwStreamError(event, provider);
      if (event["type"] === "response.completed") end = asObject(event["response"]) ?? {};
      if (event["type"] === "response.incomplete") end = { ...asObject(event["response"]), status: "incomplete" };
      const open = addEvent(event, items, parts);
      if (open !== undefined) closeItem(open, { told: parts, isCutOff: false, provider, callIds });
    },
    finish(parts) {
      if (events === 0) throw truncatedStream(provider, "it held no events");
      if (end === undefined) throw truncatedStream(provider, "it ended without response.completed");
      const status = asString(end["status"]) ?? "completed";
      if (!ENDED.includes(status)) throw truncatedStream(provider, `its status is "${status}"`);
      const details = asObject(end["incomplete_details"]);
      const isCutOff = status === "incomplete" || details !== undefined;
      const content = buildContent({ items, end, isCutOff, provider, callIds }, parts);
      return {
        type: "finish",
        reason: toFinishReason(content, { isCutOff, detail: details?.["reason"] }),
        rawReason: asString(details?.["reason"]) ?? status,
        usage: readResponsesUsage(end["usage"]),
        ...whoAnswered({ model: end["model"], responseId: end["id"] }),
        message: { role: "assistant", content, model: { provider, id: model.id } },
      };
    },
  };
}

interface Answer {
  readonly items: OpenItems;
  readonly end: WireObject;
  readonly isCutOff: boolean;
  readonly provider: string;
  readonly callIds: Set<string>;
}

function buildContent({ items, end, ...how }: Answer, told: ModelStreamPart[]): readonly AssistantPart[] {
  for (const item of asObjects(end["output"])) items.complete(item);
  return items.all.flatMap((open) => closeItem(open, { told, ...how }));
}

function toFinishReason(
  content: readonly AssistantPart[],
  { isCutOff, detail }: { readonly isCutOff: boolean; readonly detail: unknown },
): FinishReason {
  if (detail === "max_output_tokens") return "max_tokens";
  if (detail === "content_filter") return "refusal";
  if (isCutOff) return "other";
  if (content.some((part) => part.type === "tool-call")) return "tool_use";
  return content.some(isRefusal) ? "refusal" : "end_turn";
}

function isRefusal(part: AssistantPart): boolean {
  return part.type === "text" && asObject(part.providerData)?.["isRefusal"] === true;
}

/** Takes an event into its item. Returns the item when it is complete with it. */
function addEvent(event: WireObject, items: OpenItems, parts: ModelStreamPart[]): OpenItem | undefined {
  const delta = asString(event["delta"]) ?? "";
  switch (event["type"]) {
    case "response.output_text.delta":
    case "response.refusal.delta":
      addText(items.find(event), event, parts);
      return undefined;
    case "response.reasoning_summary_text.delta":
    case "response.reasoning_text.delta":
      addReasoning(items.find(event), delta, parts);
      return undefined;
    case "response.reasoning_summary_part.added":
    case "response.reasoning_part.added": {
      const open = items.find(event);
      if (open.reasoning !== "") addReasoning(open, "\n\n", parts);
      return undefined;
    }
    case "response.function_call_arguments.delta":
    case "response.custom_tool_call_input.delta":
      items.find(event).args += delta;
      return undefined;
    case "response.output_item.added":
      items.find(event).item = asObject(event["item"]);
      return undefined;
    case "response.output_item.done": {
      const open = items.find(event);
      open.item = asObject(event["item"]) ?? open.item;
      open.isDone = true;
      // What was cut off is told at the end, when that is certain.
      return open.item?.["status"] === "incomplete" ? undefined : open;
    }
    default:
      // New events come with every model; the items carry all that counts.
      return undefined;
  }
}

function addText(open: OpenItem, event: WireObject, parts: ModelStreamPart[]): void {
  const text = asString(event["delta"]) ?? "";
  const isRefusal = event["type"] === "response.refusal.delta";
  const index = asNumber(event["content_index"]) ?? 0;
  const content = open.contents.get(index) ?? { text: "", isRefusal };
  open.contents.set(index, content);
  content.text += text;
  if (text !== "") parts.push({ type: "text-delta", text });
}

function addReasoning(open: OpenItem, text: string, parts: ModelStreamPart[]): void {
  open.reasoning += text;
  if (text !== "") parts.push({ type: "reasoning-delta", text });
}
