/** Files that a model sees instead of reading. Known by their first bytes: names lie. */
export type MediaType = "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "application/pdf";

/** The media type of a file by its first bytes. */
export function detectMediaType(bytes: Uint8Array): MediaType | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) return "image/gif";
  if (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP") return "image/webp";
  if (head.startsWith("%PDF-")) return "application/pdf";
  return undefined;
}

/** Why bytes are no text that tools can read; `undefined` when they may be. */
export function describeBinary(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return "is UTF-16 text; convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)";
  }
  return bytes.subarray(0, 8192).includes(0) ? "is a binary file" : undefined;
}
