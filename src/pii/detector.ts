/** A place in a text: from the first index up to the second, not included. */
export type Span = readonly [start: number, end: number];

/** Finds one kind of personal data. Linear in the text. */
export type PiiDetector = (text: string) => Iterable<Span>;

/** What stands around something that was found, on the same line. */
export interface Surroundings {
  /** The character before; empty at the text's beginning. */
  readonly before: string;
  /** Up to 32 characters before, without those of another line. */
  readonly words: string;
}

/** How far a word that tells what a number is may stand before it. */
const CONTEXT = 32;

/** Makes a detector of a pattern and a second look. Of two groups the first is what stands before the data. */
export function fromPattern(
  pattern: RegExp,
  accept: (found: string, around: Surroundings) => boolean = () => true,
): PiiDetector {
  return (text) => {
    const spans: Span[] = [];
    for (const match of text.matchAll(pattern)) {
      const [whole, first, second] = match;
      const found = second ?? whole;
      const index = match.index + (second === undefined ? 0 : (first ?? "").length);
      if (accept(found, surroundingsOf(text, index))) spans.push([index, index + found.length]);
    }
    return spans;
  };
}

function surroundingsOf(text: string, index: number): Surroundings {
  const near = text.slice(Math.max(0, index - CONTEXT), index);
  return { before: text.charAt(index - 1), words: near.slice(near.lastIndexOf("\n") + 1) };
}
