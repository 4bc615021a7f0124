/**
 * The port to something that changes text before the model or a reader sees it: redaction, injection fence. A filter
 * that throws withholds the text.
 */
export interface ResultFilter {
  readonly name: string;
  /** Filters a whole text. */
  apply(text: string, source: FilterSource): FilteredText;
  /** Whether it looks at texts of such a source at all. @default every source */
  appliesTo?(source: FilterSource): boolean;
  /** Filters a stream; left out: output is not shown before it is whole. `push` may hold back what could be the beginning of a match, `end` gives the rest. */
  open?(source: FilterSource): FilterStream;
}

/** Where a text comes from. */
export interface FilterSource {
  readonly tool: string;
  readonly isUntrusted: boolean;
}

/** A filtered text and what was found in it. */
export interface FilteredText {
  readonly text: string;
  readonly findings: readonly FilterFinding[];
}

/** What a filter found; never the secret itself. */
export interface FilterFinding {
  readonly filter: string;
  readonly kind: string;
  readonly count: number;
}

/** A filter at work on a stream. */
export interface FilterStream {
  push(chunk: string): string;
  end(): string;
}
