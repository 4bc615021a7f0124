import { ProviderError } from "../../errors/index.ts";
import type { FilePart, ImagePart } from "../../spec/index.ts";

/** The address under which an image or file travels: its `https:` address or its bytes as a `data:` address. */
export function toMediaUrl(part: ImagePart | FilePart, provider: string): string {
  if (part.data === undefined || part.data.length === 0) {
    if (part.url !== undefined) return part.url;
    throw refuseMedia(provider, `the ${part.type} has neither data nor url`);
  }
  const base64 = typeof part.data === "string" ? part.data : Buffer.from(part.data).toString("base64");
  return `data:${part.mediaType ?? "image/png"};base64,${base64}`;
}

/** The error for content that cannot be sent; sending it again would not help. */
export function refuseMedia(provider: string, reason: string): ProviderError {
  return new ProviderError(`${provider}: the request cannot be sent: ${reason}`, { provider, isRetryable: false });
}
