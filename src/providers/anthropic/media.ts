import { ProviderError } from "../../errors/index.ts";
import type { FilePart, ImagePart } from "../../spec/index.ts";
import { PROVIDER } from "./provider.ts";

const IMAGE_TYPES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const TEXT_TYPE = /^(?:text\/|application\/(?:json|xml|yaml|toml|javascript)\b)/;

/** The block of an image. Throws a `ProviderError` for what the API does not take. */
export function toImageBlock({ data, url, mediaType = "image/png" }: ImagePart): object {
  if (url !== undefined) return { type: "image", source: { type: "url", url } };
  if (!IMAGE_TYPES.has(mediaType)) throw refuse(`images of type ${mediaType}`);
  return { type: "image", source: { type: "base64", media_type: mediaType, data: toBase64(data) } };
}

/** The block of a file: a PDF or text, or an image that came as a file. Throws a `ProviderError` for anything else. */
export function toDocumentBlock(part: FilePart): object {
  const { data, url, mediaType, filename } = part;
  if (mediaType.startsWith("image/")) return toImageBlock({ ...part, type: "image" });
  const title = filename === undefined ? {} : { title: filename };
  if (mediaType === "application/pdf") {
    const source =
      url === undefined ? { type: "base64", media_type: mediaType, data: toBase64(data) } : { type: "url", url };
    return { type: "document", source, ...title };
  }
  if (!TEXT_TYPE.test(mediaType)) throw refuse(`files of type ${mediaType}`);
  if (url !== undefined) throw refuse(`text files by address; read ${url} and send its content`);
  const text = Buffer.from(toBase64(data), "base64").toString("utf8");
  return { type: "document", source: { type: "text", media_type: "text/plain", data: text }, ...title };
}

function toBase64(data: string | Uint8Array | undefined): string {
  if (data === undefined || data.length === 0) throw refuse("an image or file with neither data nor url");
  if (typeof data === "string") return data;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
}

function refuse(what: string): ProviderError {
  return new ProviderError(`Anthropic does not take ${what}`, { provider: PROVIDER, isRetryable: false });
}
