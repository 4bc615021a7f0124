import { ProviderError } from "../../errors/index.ts";
import type { FilePart, ImagePart } from "../../spec/index.ts";
import { PROVIDER } from "./provider.ts";

/** The part of an image or file; the vendor judges by itself which types it takes. Throws a `ProviderError` for an empty one. */
export function toMediaPart(part: ImagePart | FilePart): object {
  const mimeType = part.mediaType ?? "image/png";
  if (part.data !== undefined && part.data.length > 0) {
    return { inlineData: { mimeType, data: toBase64(part.data) } };
  }
  if (part.url !== undefined) return { fileData: { mimeType, fileUri: part.url } };
  throw new ProviderError(`${PROVIDER}: the request cannot be sent: the ${part.type} has neither data nor url`, {
    provider: PROVIDER,
    isRetryable: false,
  });
}

function toBase64(data: string | Uint8Array): string {
  if (typeof data === "string") return data;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
}
