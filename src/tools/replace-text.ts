/** What to replace. */
export interface TextReplacement {
  readonly oldText: string;
  readonly newText: string;
  readonly isForAll: boolean;
}

/** How a replacement went. `at` is where the first new text begins. */
export type ReplacedText =
  | { readonly type: "replaced"; readonly text: string; readonly count: number; readonly at: number }
  | { readonly type: "not-found" }
  | { readonly type: "ambiguous"; readonly count: number };

/**
 * Replaces an exact text that must be there once, unless all are meant. Models write line breaks as LF: in a file with
 * CRLF they stand for CRLF, and what is put in gets CRLF too.
 */
export function replaceText(text: string, replacement: TextReplacement): ReplacedText {
  const plain = replaceExact(text, replacement);
  if (!text.includes("\r\n")) return plain;
  const asCrlf = { ...replacement, oldText: toCrlf(replacement.oldText), newText: toCrlf(replacement.newText) };
  // A file of mixed line breaks may hold the text with LF: then it is replaced as it was written.
  const isMixed =
    replacement.oldText.includes("\n") && plain.type !== "not-found" && asCrlf.oldText !== replacement.oldText;
  return isMixed ? plain : replaceExact(text, asCrlf);
}

function toCrlf(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\n", "\r\n");
}

function replaceExact(text: string, { oldText, newText, isForAll }: TextReplacement): ReplacedText {
  const at = text.indexOf(oldText);
  if (at === -1) return { type: "not-found" };
  // Overlapping ones count too: "aa" is twice in "aaa", and either could be meant.
  if (!isForAll && text.includes(oldText, at + 1)) return { type: "ambiguous", count: countOf(text, oldText) };
  if (!isForAll) {
    return { type: "replaced", count: 1, at, text: text.slice(0, at) + newText + text.slice(at + oldText.length) };
  }
  // Not `replaceAll`: "$&" in the new text is text.
  const pieces = text.split(oldText);
  return { type: "replaced", count: pieces.length - 1, at, text: pieces.join(newText) };
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) count += 1;
  return count;
}
