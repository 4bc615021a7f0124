import type { FilteredText, FilterSource, ResultFilter } from "../spec/index.ts";

/** A fake filter keeps the texts that it was given whole. */
export interface FakeFilter extends ResultFilter {
  readonly texts: readonly { readonly text: string; readonly source: FilterSource }[];
}

/** A filter that puts "[hidden]" wherever one of the words stands, also where a stream cuts them. */
export function fakeFilter(words: readonly string[] = [], name = "fake"): FakeFilter {
  const texts: { readonly text: string; readonly source: FilterSource }[] = [];
  const hide = (text: string): FilteredText => {
    const pieces = splitAt(text, words);
    const findings = pieces.length > 1 ? [{ filter: name, kind: "word", count: pieces.length - 1 }] : [];
    return { text: pieces.join("[hidden]"), findings };
  };
  return {
    name,
    texts,
    apply(text, source) {
      texts.push({ text, source });
      return hide(text);
    },
    open() {
      // All is held back until the end: a fake has no need to be quick.
      let pending = "";
      return {
        push(chunk) {
          pending += chunk;
          return "";
        },
        end: () => hide(pending).text,
      };
    },
  };
}

function splitAt(text: string, words: readonly string[]): readonly string[] {
  return words
    .filter((word) => word !== "")
    .reduce((pieces, word) => pieces.flatMap((piece) => piece.split(word)), [text]);
}
