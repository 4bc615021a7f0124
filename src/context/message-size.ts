import type { ModelMessage } from "../spec/index.ts";

/** Roughly what an image or file of a request counts, in bytes of text. */
const MEDIA_BYTES = 6000;

/** What stands around the text of a message: its role and the marks of its parts. Rather more than vendors count. */
const FRAME_BYTES = 45;

/** What a message adds to a request: UTF-8 bytes of text, which say more of tokens than characters do in any script. */
export function sizeOfMessage(message: ModelMessage): number {
  let size = FRAME_BYTES;
  for (const part of message.content) {
    switch (part.type) {
      case "text":
      case "reasoning":
        size += Buffer.byteLength(part.text);
        break;
      case "tool-call":
        size += part.name.length + Buffer.byteLength(JSON.stringify(part.args ?? part.invalidArgs ?? ""));
        break;
      case "tool-result":
        size += typeof part.content === "string" ? Buffer.byteLength(part.content) : sizeOfParts(part.content);
        break;
      case "image":
      case "file":
        size += MEDIA_BYTES;
        break;
      case "opaque":
        size += JSON.stringify(part.providerData).length;
        break;
      default:
        part satisfies never;
    }
  }
  return size;
}

/** What several messages add. */
export function sizeOfMessages(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, message) => sum + sizeOfMessage(message), 0);
}

function sizeOfParts(parts: readonly { readonly type: string; readonly text?: string }[]): number {
  return parts.reduce((sum, { text }) => sum + (text === undefined ? MEDIA_BYTES : Buffer.byteLength(text)), 0);
}
