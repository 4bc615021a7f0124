import type { FoundLine } from "./search-result.ts";

/** Reads ripgrep's JSON lines as they come and keeps what matches. */
export interface RipgrepEvents {
  /** Takes output in any pieces. Throws when it is not what ripgrep writes. */
  push(text: string): void;
  /** Matches of files that were read to their end. */
  readonly lines: readonly FoundLine[];
  /** ripgrep said goodbye: it did its work, even if some files could not be read. */
  readonly hasSummary: boolean;
}

/** Options of `openRipgrepEvents`. */
export interface RipgrepEventsOptions {
  readonly matchesPath: (relativePath: string) => boolean;
  readonly matchesLine: (line: string) => boolean;
  readonly maxResults: number;
  /** Called once when there are enough matches. */
  readonly onEnough: () => void;
}

/**
 * Opens a reader. Source of the format: https://docs.rs/grep-printer (JSON wire format).
 */
export function openRipgrepEvents({
  matchesPath,
  matchesLine,
  maxResults,
  onEnough,
}: RipgrepEventsOptions): RipgrepEvents {
  const lines: FoundLine[] = [];
  let ofFile: FoundLine[] = [];
  let pending: string[] = [];
  let hasSummary = false;

  const take = (event: RipgrepEvent): void => {
    if (event.type === "begin") ofFile = [];
    if (event.type === "summary") hasSummary = true;
    if (event.type === "match") {
      const relativePath = textOf(event.data.path).replace(/^\.[/\\]/u, "");
      const text = textOf(event.data.lines).replace(/\r?\n?$/u, "");
      if (ofFile.length <= maxResults && matchesPath(relativePath) && matchesLine(text))
        ofFile.push({ relativePath, line: event.data.line_number ?? 0, text });
    }
    // Only at its end is it known whether a file is binary.
    if (event.type === "end" && (event.data.binary_offset ?? null) === null && lines.length <= maxResults) {
      lines.push(...ofFile);
      if (lines.length > maxResults) onEnough();
    }
  };
  return {
    push(text) {
      if (lines.length > maxResults) return;
      let start = 0;
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
        const line = pending.join("") + text.slice(start, end);
        pending = [];
        start = end + 1;
        if (line !== "") take(readEvent(line));
      }
      if (start < text.length) pending.push(text.slice(start));
    },
    lines,
    get hasSummary() {
      return hasSummary;
    },
  };
}

/** Text, or bytes that are no UTF-8. */
type RipgrepText = { readonly text: string } | { readonly bytes: string };

interface RipgrepEvent {
  readonly type: string;
  readonly data: {
    readonly path?: RipgrepText;
    readonly lines?: RipgrepText;
    readonly line_number?: number | null;
    readonly binary_offset?: number | null;
  };
}

function readEvent(line: string): RipgrepEvent {
  const event: unknown = JSON.parse(line);
  if (typeof event !== "object" || event === null || !("type" in event) || !("data" in event)) {
    throw new SyntaxError("ripgrep wrote an event in an unknown form");
  }
  // The form is documented, and each field is checked where it is used.
  return event as RipgrepEvent;
}

function textOf(value: RipgrepText | undefined): string {
  if (value === undefined) return "";
  return "text" in value ? value.text : Buffer.from(value.bytes, "base64").toString();
}
