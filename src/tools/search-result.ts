/** A line that matches. */
export interface FoundLine {
  /** From where the search began; empty for the file that was named itself. */
  readonly relativePath: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** What a search came to. */
export type SearchResult =
  | {
      readonly type: "found";
      /** In the order of paths and lines. May hold one more than was asked for: that tells that there are more. */
      readonly lines: readonly FoundLine[];
      /** Something could not be read or was not searched. */
      readonly isPartial: boolean;
    }
  | { readonly type: "problem"; readonly problem: string };

/** What to search for, the same for every way of searching. */
export interface LineSearch {
  /** Absolute real path of a directory. */
  readonly root: string;
  readonly matchesPath: (relativePath: string) => boolean;
  readonly matchesLine: (line: string) => boolean;
  readonly forRipgrep: string;
  readonly maxResults: number;
  readonly signal: AbortSignal;
}

/** Larger files are not searched. */
export const MAX_SEARCHED_BYTES = 10 * 1024 * 1024;

/** How long a search may take. */
export const SEARCH_TIMEOUT_MS = 30_000;
