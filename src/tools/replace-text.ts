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
 * Replaces an exact text that must be there once, unless all are meant. Models write line breaks as LF, and read all of
 * them as one: in a file with CRLF an LF stands for either, a CRLF is never cut in two, and what is put in gets the line
 * breaks of what it replaces, or of its own line.
 */
export function replaceText(text: string, replacement: TextReplacement): ReplacedText {
  const { oldText, newText, isForAll } = replacement;
  const breaks = findCrlfs(text);
  const isPlain = breaks.length === 0;
  const [wanted, given] = isPlain ? [oldText, newText] : [toLf(oldText), toLf(newText)];
  const read = isPlain ? text : toLf(text);
  const first = read.indexOf(wanted);
  if (first === -1) return { type: "not-found" };
  // Overlapping ones count too: "aa" is twice in "aaa", and either could be meant.
  if (!isForAll && read.includes(wanted, first + 1)) return { type: "ambiguous", count: countOf(read, wanted) };

  const toPlace = placesIn(breaks);
  const pieces: string[] = [];
  let [kept, at] = [0, 0];
  // Not `replaceAll`: "$&" in the new text is text.
  for (let found = first; found !== -1; found = isForAll ? read.indexOf(wanted, found + wanted.length) : -1) {
    const [start, end] = [toPlace(found), toPlace(found + wanted.length)];
    if (pieces.length === 0) at = start;
    const isCrlf = !isPlain && hasCrlf(text, { start, end });
    pieces.push(text.slice(kept, start), isCrlf ? given.replaceAll("\n", "\r\n") : given);
    kept = end;
  }
  return { type: "replaced", count: pieces.length / 2, at, text: pieces.join("") + text.slice(kept) };
}

function toLf(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

/** Where the CRLFs of a text are once they are LFs. */
function findCrlfs(text: string): readonly number[] {
  const found: number[] = [];
  for (let at = text.indexOf("\r\n"); at !== -1; at = text.indexOf("\r\n", at + 2)) found.push(at - found.length);
  return found;
}

/** Gives the places of a text for those that it has with LFs; to be asked in ascending order. */
function placesIn(breaks: readonly number[]): (place: number) => number {
  let before = 0;
  return (place) => {
    while ((breaks[before] ?? Number.POSITIVE_INFINITY) < place) before += 1;
    return place + before;
  };
}

/** Whether a stretch of a text has line breaks of that kind; one without any is judged by the line that it is in. */
function hasCrlf(text: string, { start, end }: { readonly start: number; readonly end: number }): boolean {
  const stretch = text.slice(start, end);
  if (stretch.includes("\n")) return stretch.includes("\r\n");
  const next = text.indexOf("\n", end);
  const nearest = next === -1 ? text.lastIndexOf("\n", start) : next;
  return text.charAt(nearest - 1) === "\r";
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) count += 1;
  return count;
}
