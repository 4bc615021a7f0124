import { ProviderError } from "../../errors/index.ts";
import type { ContentPart, FilePart, ImagePart } from "../../spec/index.ts";
import { PROVIDER } from "./provider.ts";

/** What the API takes of content: one text, and images beside it. */
export interface PlainContent {
  readonly text: string;
  /** Bytes, never text: the package would read a file whose path the text happens to be, and send it. */
  readonly images: Uint8Array[];
}

const TEXT_TYPE = /^(?:text\/|application\/(?:json|xml|yaml|toml|javascript)\b)/;

/** Reads content. Throws a `ProviderError` for what the API does not take. */
export function readContent(parts: readonly ContentPart[]): PlainContent {
  const texts: string[] = [];
  const images: Uint8Array[] = [];
  for (const part of parts) {
    if (part.type === "text") texts.push(part.text);
    else if (part.type === "image" || part.mediaType.startsWith("image/")) images.push(toBytes(part));
    else texts.push(toText(part));
  }
  return { text: texts.filter((text) => text !== "").join("\n\n"), images };
}

function toText(file: FilePart): string {
  if (!TEXT_TYPE.test(file.mediaType)) throw refuse(`the server takes no files of type ${file.mediaType}`);
  const text = new TextDecoder().decode(toBytes(file));
  return file.filename === undefined ? text : `${file.filename}:\n${text}`;
}

function toBytes({ type, data, url }: ImagePart | FilePart): Uint8Array {
  if (data !== undefined && data.length > 0) return typeof data === "string" ? Buffer.from(data, "base64") : data;
  if (url !== undefined) throw refuse(`the server fetches no addresses; read ${url} and send its data`);
  throw refuse(`the ${type} has no data`);
}

function refuse(reason: string): ProviderError {
  return new ProviderError(`${PROVIDER}: the request cannot be sent: ${reason}`, {
    provider: PROVIDER,
    isRetryable: false,
  });
}
