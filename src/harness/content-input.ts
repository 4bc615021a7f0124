import type { ContentPart } from "../spec/index.ts";

/**
 * The prompt as content parts, with bytes as base64, so that it can be kept and sent. Throws a `TypeError` for what
 * is no prompt.
 */
export function toContent(prompt: unknown): readonly ContentPart[] {
  if (typeof prompt === "string") {
    if (prompt.trim() === "") throw new TypeError("The prompt is empty");
    return [{ type: "text", text: prompt }];
  }
  if (!Array.isArray(prompt) || prompt.length === 0) {
    throw new TypeError("The prompt must be a text or a list of content parts");
  }
  return prompt.map((part: unknown, index) => toPart(part, index));
}

function toPart(part: unknown, index: number): ContentPart {
  if (isContentPart(part)) {
    if (part.type === "text") return part;
    if ((part.data === undefined) === (part.url === undefined)) {
      throw new TypeError(`Content part ${index} (${part.type}) needs either data or url`);
    }
    return part.data instanceof Uint8Array ? { ...part, data: Buffer.from(part.data).toString("base64") } : part;
  }
  throw new TypeError(`Content part ${index} is no text, image or file: give it a type of "text", "image" or "file"`);
}

function isContentPart(part: unknown): part is ContentPart {
  if (typeof part !== "object" || part === null || !("type" in part)) return false;
  if (part.type === "text") return "text" in part && typeof part.text === "string";
  if (part.type === "file") return "mediaType" in part && typeof part.mediaType === "string";
  return part.type === "image";
}
