import type { ContentPart, ModelMessage } from "../spec/index.ts";
import { readSummary } from "./summary.ts";
import { shortenText } from "./shorten-text.ts";

/** Bytes of one result or text in a transcript: more of it seldom says more. */
const RESULT_BYTES = 2000;
const TEXT_BYTES = 6000;
const ARGS_BYTES = 1000;

/**
 * Messages as text for a model that summarises them, in pieces of at most about `maxBytes`, each of whole messages where
 * they fit. Results come shortened: what they said is in what the agent made of them.
 */
export function renderTranscript(messages: readonly ModelMessage[], maxBytes: number): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const message of messages) {
    const text = shortenText(renderMessage(message), maxBytes, leftOut);
    if (piece !== "" && Buffer.byteLength(piece) + Buffer.byteLength(text) > maxBytes) {
      pieces.push(piece);
      piece = "";
    }
    piece += text;
  }
  return piece === "" ? pieces : [...pieces, piece];
}

function renderMessage(message: ModelMessage): string {
  return message.content.map((part) => `${renderPart(part)}\n`).join("");
}

function renderPart(part: ModelMessage["content"][number]): string {
  switch (part.type) {
    case "text":
      // What an earlier summary said goes on by itself.
      return readSummary(part.text) === undefined ? `[said] ${shortenText(part.text, TEXT_BYTES, leftOut)}` : "";
    case "tool-call":
      return `[call] ${part.name} ${shortenText(JSON.stringify(part.args ?? part.invalidArgs ?? null), ARGS_BYTES, leftOut)}`;
    case "tool-result": {
      const text = typeof part.content === "string" ? part.content : part.content.map(describe).join("\n");
      return `[${part.isError ? "failed" : "result"}] ${part.name}: ${shortenText(text, RESULT_BYTES, leftOut)}`;
    }
    case "image":
    case "file":
      return `[${part.type}]`;
    case "reasoning":
    case "opaque":
      return "";
    default:
      return part satisfies never;
  }
}

function describe(part: ContentPart): string {
  return part.type === "text" ? part.text : `[${part.type}]`;
}

function leftOut(missing: number): string {
  return `[… ${missing} bytes left out …]`;
}
