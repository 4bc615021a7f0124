/**
 * What a person or a tool may put before a model: text, an image or a file.
 * `data` is base64 text or raw bytes; `url` leaves fetching to the provider. One of both is set.
 */
export type ContentPart = TextPart | ImagePart | FilePart;

/** Plain text. */
export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

/** An image (PNG, JPEG, GIF or WebP with every vendor). */
export interface ImagePart {
  readonly type: "image";
  /** Base64 text or bytes. */
  readonly data?: string | Uint8Array;
  /** An `https:` address that the provider fetches. */
  readonly url?: string;
  /** @default "image/png" */
  readonly mediaType?: string;
}

/** A file, such as a PDF. Text files are better sent as text. */
export interface FilePart {
  readonly type: "file";
  /** Base64 text or bytes. */
  readonly data?: string | Uint8Array;
  /** An `https:` address that the provider fetches. */
  readonly url?: string;
  readonly mediaType: string;
  readonly filename?: string;
}
