import type { ContentPart } from "../spec/index.ts";

/**
 * The prompt as content parts, with bytes as base64, so that it can be kept and sent. Throws a `TypeError` for what
 * is no prompt: a vendor would refuse it later, in words of its own.
 */
export function toContent(prompt: unknown): readonly ContentPart[] {
  if (typeof prompt === "string") return toContent([{ type: "text", text: prompt }]);
  if (!Array.isArray(prompt) || prompt.length === 0) {
    throw new TypeError("The prompt must be a text or a list of content parts");
  }
  const parts = prompt.map((part: unknown, index) => toPart(part, `Content part ${index}`));
  if (parts.every((part) => part.type === "text" && part.text.trim() === ""))
    throw new TypeError("The prompt is empty");
  return parts;
}

function toPart(part: unknown, place: string): ContentPart {
  const { type, text, data, url, mediaType, filename } = toRecord(part);
  // Half a character is refused by every vendor, in this request and all that follow.
  if (type === "text" && typeof text === "string") return { type, text: text.toWellFormed() };
  if (type !== "image" && type !== "file") {
    throw new TypeError(`${place} is no text, image or file: give it a type of "text", "image" or "file"`);
  }
  const named = `${place} (${type})`;
  if ((data === undefined) === (url === undefined)) throw new TypeError(`${named} needs either data or url`);
  const media = readMedia(mediaType, type, named);
  if (filename !== undefined && typeof filename !== "string")
    throw new TypeError(`${named}: filename must be a string`);
  const source = url === undefined ? { data: readData(data, named) } : { url: readUrl(url, named) };
  return type === "image"
    ? { type, ...source, ...(media === undefined ? {} : { mediaType: media }) }
    : { type, ...source, mediaType: media ?? "", ...(filename === undefined ? {} : { filename }) };
}

function toRecord(part: unknown): Readonly<Record<string, unknown>> {
  return typeof part === "object" && part !== null ? Object.fromEntries(Object.entries(part)) : {};
}

function readMedia(mediaType: unknown, type: "image" | "file", place: string): string | undefined {
  if (mediaType === undefined && type === "image") return undefined;
  const form = type === "image" ? /^image\/[\w.+-]+$/ : /^[\w.+-]+\/[\w.+-]+/;
  if (typeof mediaType === "string" && form.test(mediaType)) return mediaType;
  throw new TypeError(`${place} needs a mediaType such as ${type === "image" ? '"image/png"' : '"application/pdf"'}`);
}

function readData(data: unknown, place: string): string {
  const text = data instanceof Uint8Array ? Buffer.from(data).toString("base64") : data;
  if (typeof text === "string" && text !== "" && /^[A-Za-z0-9+/]+={0,2}$/.test(text)) return text;
  throw new TypeError(`${place}: data must be bytes, or their base64 text, and not empty`);
}

function readUrl(url: unknown, place: string): string {
  if (typeof url === "string" && /^https?:$/.test(URL.parse(url)?.protocol ?? "")) return url;
  throw new TypeError(`${place}: url must be an https: address; what is at hand goes into data`);
}
