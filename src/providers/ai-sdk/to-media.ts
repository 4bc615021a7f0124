import { ProviderError } from "../../errors/index.ts";
import type { FilePart, ImagePart } from "../../spec/index.ts";
import type { AiSdkLanguageModel } from "./language-model.ts";

/** Where an image or file goes. */
export interface MediaContext {
  readonly languageModel: AiSdkLanguageModel;
  /** Addresses that the model fetches by itself, by media type; `undefined` when it does not say. */
  readonly supportedUrls: Readonly<Record<string, readonly RegExp[]>> | undefined;
}

type Media = ImagePart | FilePart;

/** The part of a prompt for an image or file. Throws a `ProviderError` for one that cannot be sent. */
export function toFilePart(part: Media, context: MediaContext): object {
  const content = readMedia(part, context);
  const isTagged = context.languageModel.specificationVersion === "v4";
  const plain = content.type === "url" ? content.url : content.data;
  return { type: "file", mediaType: mediaTypeOf(part), data: isTagged ? content : plain, ...nameOf(part) };
}

/** The same within a tool's result, where each version has another form. */
export function toResultMedia(part: Media, context: MediaContext): object {
  const content = readMedia(part, context);
  const mediaType = mediaTypeOf(part);
  const { specificationVersion } = context.languageModel;
  if (specificationVersion === "v4") return { type: "file", mediaType, data: content, ...nameOf(part) };
  const kind = mediaType.startsWith("image/") ? "image" : "file";
  if (content.type === "url") {
    if (specificationVersion === "v2") throw refuse(context, `a result cannot hold the address ${content.url.href}`);
    return { type: `${kind}-url`, url: content.url.href };
  }
  // Bytes are no option here.
  const data = typeof content.data === "string" ? content.data : Buffer.from(content.data).toString("base64");
  if (specificationVersion === "v2") return { type: "media", mediaType, data };
  return { type: `${kind}-data`, mediaType, data, ...(kind === "file" && nameOf(part)) };
}

type Content =
  { readonly type: "data"; readonly data: string | Uint8Array } | { readonly type: "url"; readonly url: URL };

function readMedia(part: Media, context: MediaContext): Content {
  if (part.data !== undefined && part.data.length > 0) return { type: "data", data: part.data };
  const url = part.url === undefined ? null : URL.parse(part.url);
  if (url === null) throw refuse(context, `the ${part.type} has neither data nor an address`);
  // The AI SDK itself would fetch such an address; here nothing is fetched that nobody allowed.
  if (!isSupported(url, mediaTypeOf(part), context)) {
    throw refuse(context, `the model does not fetch ${url.href}; read it and send its data`);
  }
  return { type: "url", url };
}

function isSupported(url: URL, mediaType: string, { supportedUrls }: MediaContext): boolean {
  if (supportedUrls === undefined) return true;
  return Object.entries(supportedUrls).some(([pattern, addresses]) => {
    const prefix = pattern === "*" || pattern === "*/*" ? "" : pattern.replace(/\*$/, "");
    const isMatch = pattern.endsWith("*") ? mediaType.startsWith(prefix) : mediaType === pattern;
    return isMatch && addresses.some((address) => new RegExp(address).test(url.href.toLowerCase()));
  });
}

function mediaTypeOf({ mediaType }: Media): string {
  return mediaType ?? "image/png";
}

function nameOf(part: Media): object {
  return part.type === "file" && part.filename !== undefined ? { filename: part.filename } : {};
}

function refuse({ languageModel: { provider } }: MediaContext, reason: string): ProviderError {
  return new ProviderError(`${provider}: the request cannot be sent: ${reason}`, { provider, isRetryable: false });
}
