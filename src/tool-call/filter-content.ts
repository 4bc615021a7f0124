import type { ContentPart, FilePart, ImagePart } from "../spec/index.ts";
import type { TextFilter } from "./filter-text.ts";
import { limitText } from "./limit-text.ts";

/** What the content of a result is filtered with. */
export interface ContentFilters {
  /** For what the tool gave. */
  readonly output: TextFilter;
  /** For names and addresses, which no fence may stand around. */
  readonly words: TextFilter;
  /** UTF-8 bytes of all texts together. */
  readonly maxBytes: number;
}

/** Characters of base64 in one result: 24 MB, about what the vendors take in a whole request. */
const MAX_MEDIA_LENGTH = 32 * 1024 * 1024;

/** Filters the content of a result. The limit holds for all parts together, else a tool could pass it part by part. */
export function filterContent(
  content: string | readonly ContentPart[],
  { output, words, maxBytes }: ContentFilters,
): string | readonly ContentPart[] {
  if (typeof content === "string") return output(content);
  const kept: ContentPart[] = [];
  let bytesLeft = maxBytes;
  let mediaLeft = MAX_MEDIA_LENGTH;
  for (const [index, part] of content.entries()) {
    if (bytesLeft <= 0) return [...kept, toText(`[… ${content.length - index} parts left out …]`)];
    const filtered = part.type === "text" ? toText(limitText(output(part.text), bytesLeft)) : toMedia(part, words);
    const { text, media } = sizeOf(filtered);
    bytesLeft -= text;
    const isTooLarge = media > mediaLeft;
    mediaLeft -= isTooLarge ? 0 : media;
    kept.push(isTooLarge ? toText(`[… ${part.type} of ${media} characters left out …]`) : filtered);
  }
  return kept;
}

function toText(text: string): ContentPart {
  return { type: "text", text };
}

/** Bytes become base64 here, so that a history is JSON from the first moment on. Nothing but the known fields goes on. */
function toMedia(part: ImagePart | FilePart, words: TextFilter): ContentPart {
  const { data, url, mediaType } = part;
  const source = {
    ...(data === undefined ? {} : { data: typeof data === "string" ? data : Buffer.from(data).toString("base64") }),
    ...(url === undefined ? {} : { url: words(url) }),
  };
  if (part.type === "image") return { type: "image", ...source, ...(mediaType === undefined ? {} : { mediaType }) };
  const { filename } = part;
  const named = filename === undefined ? {} : { filename: words(filename) };
  return { type: "file", ...source, mediaType: part.mediaType, ...named };
}

/** Every part counts for something, so that there cannot be any number of empty ones. */
function sizeOf(part: ContentPart): { readonly text: number; readonly media: number } {
  if (part.type === "text") return { text: Math.max(1, Buffer.byteLength(part.text)), media: 0 };
  return { text: 1 + (part.url?.length ?? 0), media: part.data?.length ?? 0 };
}
