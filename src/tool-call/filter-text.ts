import { describeError } from "../errors/index.ts";
import type { FilterFinding, FilterSource } from "../spec/index.ts";
import { limitText } from "./limit-text.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** Takes a text through the size limit, the redaction and the fence. */
export type TextFilter = (text: string) => string;

/** What a text filter works with; it adds to `findings`. */
export interface TextFilterOptions {
  readonly run: Pick<ToolCallRun, "filters" | "log">;
  readonly findings: FilterFinding[];
  readonly maxBytes: number;
  /** Keeps the whole text where the model can read it, and gives its path. */
  readonly keep?: ((text: string) => string | undefined) | undefined;
}

/** UTF-8 bytes of a text that are filtered and kept at most: filters cost about a second for each ten million. */
const MAX_KEPT = 4 * 1024 * 1024;

/** Opens the filters of a run for texts of one source. */
export function openTextFilter(source: FilterSource, options: TextFilterOptions): TextFilter {
  const { maxBytes, keep } = options;
  // Cut twice: the first cut may go through a secret, which then no rule knows any more; the second takes that place away.
  // Half a character, which a tool of anybody may give, would make every later request one that no provider takes.
  const cut = (text: string): string =>
    limitText(applyFilters(limitText(text, 2 * maxBytes), source, options), maxBytes).toWellFormed();
  if (keep === undefined) return cut;
  return (text) => {
    if (text.length <= maxBytes / 3 || Buffer.byteLength(text) <= maxBytes) return cut(text);
    const whole = limitText(applyFilters(limitText(text, 2 * MAX_KEPT), source, options), MAX_KEPT);
    return limitText(whole, maxBytes, keep(whole));
  };
}

function applyFilters(text: string, source: FilterSource, { run, findings }: TextFilterOptions): string {
  let current = text;
  for (const filter of run.filters) {
    try {
      if (filter.appliesTo?.(source) === false) continue;
      const filtered = filter.apply(current, source);
      findings.push(...filtered.findings);
      current = toText(filtered.text);
    } catch (error) {
      // What could not be filtered must not reach the model: it may hold the secret that broke the filter.
      run.log(`The filter "${filter.name}" failed: ${describeError(error)}`);
      findings.push({ filter: filter.name, kind: "filter_failed", count: 1 });
      return `[The output was withheld: the filter "${filter.name}" failed]`;
    }
  }
  return current;
}

/** A filter may be anybody's code. */
function toText(text: unknown): string {
  if (typeof text === "string") return text;
  throw new TypeError(`it gave a ${typeof text} and no text`);
}
