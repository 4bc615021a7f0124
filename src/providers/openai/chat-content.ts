import type { AssistantPart, ModelStreamPart, ToolCallPart } from "../../spec/index.ts";
import { asObject, asObjects, asString, type WireObject } from "../shared/index.ts";
import { createReasoningDetails, type ReasoningDetails } from "./reasoning-details.ts";
import { createToolCallAssembler } from "./tool-call-assembler.ts";

/** Gathers the deltas of a Chat Completions answer. */
export interface ChatContent {
  /** Takes one `delta` and adds to `parts` what the reader sees of it. */
  add(delta: WireObject, parts: ModelStreamPart[]): void;
  /** Whether the model refused in words of its own. */
  readonly isRefusal: boolean;
  /** The whole content in the order of arrival. Throws a `SyntaxError` for a call without a name. */
  build(options: { readonly isCutOff: boolean }): readonly AssistantPart[];
}

/** A stretch of the answer; text and reasoning grow while nothing else comes between. */
type Stretch = { readonly type: "text" | "reasoning"; text: string } | { readonly type: "call" };

/** Makes an empty gatherer for one answer. */
export function createChatContent(): ChatContent {
  const stretches: Stretch[] = [];
  const calls = createToolCallAssembler();
  const details = createReasoningDetails();
  let isRefusal = false;

  const grow = (type: "text" | "reasoning", text: string, parts: ModelStreamPart[]): void => {
    if (text === "") return;
    const last = stretches.at(-1);
    if (last?.type === type) last.text += text;
    else stretches.push({ type, text });
    parts.push(type === "text" ? { type: "text-delta", text } : { type: "reasoning-delta", text });
  };

  return {
    add(delta, parts) {
      // vLLM sends the same text under both names.
      grow("reasoning", asString(delta["reasoning_content"]) || asString(delta["reasoning"]) || "", parts);
      if (delta["reasoning_details"] !== undefined) details.add(delta["reasoning_details"]);
      const content = delta["content"];
      if (typeof content === "string") grow("text", content, parts);
      else for (const piece of asObjects(content)) growByPiece(piece, parts, grow);
      const refusal = asString(delta["refusal"]) ?? "";
      if (refusal !== "") isRefusal = true;
      grow("text", refusal, parts);
      for (const call of readCalls(delta)) if (calls.add(call)) stretches.push({ type: "call" });
    },
    get isRefusal() {
      return isRefusal;
    },
    build: (options) => withDetails(toParts(stretches, calls.build(options)), details),
  };
}

/** Mistral's reasoning models send their content as a list of pieces. */
function growByPiece(
  piece: WireObject,
  parts: ModelStreamPart[],
  grow: (type: "text" | "reasoning", text: string, parts: ModelStreamPart[]) => void,
): void {
  const thinking = piece["thinking"];
  if (typeof thinking === "string") grow("reasoning", thinking, parts);
  for (const { text } of asObjects(thinking)) grow("reasoning", asString(text) ?? "", parts);
  grow("text", asString(piece["text"]) ?? "", parts);
}

/** `function_call` is the form before `tool_calls`, which some servers still speak. */
function readCalls(delta: WireObject): readonly WireObject[] {
  const calls = asObjects(delta["tool_calls"]);
  const legacyCall = asObject(delta["function_call"]);
  return legacyCall === undefined ? calls : [...calls, { function: legacyCall }];
}

function toParts(stretches: readonly Stretch[], calls: readonly ToolCallPart[]): AssistantPart[] {
  const rest = calls.values();
  return stretches.flatMap((stretch): AssistantPart[] => {
    if (stretch.type !== "call") return [{ type: stretch.type, text: stretch.text }];
    const { value } = rest.next();
    return value === undefined ? [] : [value];
  });
}

/** The details hold all of the reasoning: they stand once, with its first part. */
function withDetails(parts: AssistantPart[], details: ReasoningDetails): AssistantPart[] {
  const built = details.build();
  if (built === undefined) return parts;
  const providerData = { reasoning_details: built };
  const at = parts.findIndex((part) => part.type === "reasoning");
  if (at === -1) return [{ type: "reasoning", text: "", providerData }, ...parts];
  return parts.map((part, position) => (position === at ? { ...part, providerData } : part));
}
