import type { ContentPart, ToolOutcome, ToolOutput, ToolOutputObject } from "../spec/index.ts";
import { freezeJson, isJson } from "./freeze-json.ts";

/** What a tool gave, as an outcome. Throws a `TypeError` for what cannot be written down: a tool may be anybody's code. */
export function readOutput(output: ToolOutput): ToolOutcome {
  if (output === undefined) return { type: "completed", content: "" };
  if (typeof output === "string") return { type: "completed", content: output };
  if (!isOutputObject(output)) return { type: "completed", content: writeJson(output) };
  const shown = output.display;
  // For people only: what no log could keep is left out rather than the result lost.
  const display = shown === undefined || !isJson(shown) ? {} : { display: freezeJson(shown) };
  if (output.isError !== true) return { type: "completed", content: output.content, ...display };
  const content = typeof output.content === "string" ? output.content : textOf(output.content);
  return { type: "failed", reason: content, content, ...display };
}

function writeJson(output: unknown): string {
  // Typed as always a text, which it is not for functions and symbols.
  const text = JSON.stringify(output) as string | undefined;
  if (text === undefined) throw new TypeError(`it gave a ${typeof output}, which is neither text nor JSON`);
  // Of a stream, a Map or a Set nothing would be left, and the model would take that for the answer.
  if (text === "{}" && isCollection(output))
    throw new TypeError("it gave a stream, a Map or a Set, which is neither text nor JSON");
  return text;
}

function isCollection(output: unknown): boolean {
  return typeof output === "object" && output !== null && (Symbol.iterator in output || Symbol.asyncIterator in output);
}

function isOutputObject(output: Exclude<ToolOutput, undefined | string>): output is ToolOutputObject {
  if (typeof output !== "object" || output === null || !("content" in output)) return false;
  const { content } = output;
  if (typeof content === "string") return true;
  return Array.isArray(content) && content.every((part: unknown) => isContentPart(part));
}

function isContentPart(part: unknown): part is ContentPart {
  if (typeof part !== "object" || part === null) return false;
  const { type, text, data, url, mediaType } = part as Readonly<Record<string, unknown>>;
  if (type === "text") return typeof text === "string";
  const hasBytes = typeof data === "string" || data instanceof Uint8Array || typeof url === "string";
  if (type === "image") return hasBytes && (mediaType === undefined || typeof mediaType === "string");
  return type === "file" && hasBytes && typeof mediaType === "string";
}

function textOf(parts: readonly ContentPart[]): string {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}
