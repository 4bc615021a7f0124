import type { FilterSource, FilterStream, ResultFilter, Tool } from "../spec/index.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * The filters at work on streamed output. A filter that cannot work on a stream, or that throws, hides the output:
 * the reader then sees it in the result only.
 */
export function openProgress(tool: Tool, run: ToolCallRun): FilterStream {
  const source = { tool: tool.name, isUntrusted: tool.isUntrusted === true };
  const streams = openStreams(run.filters, source);
  let left = tool.maxOutputBytes ?? run.limits.maxOutputBytes;
  let isHidden = tool.isUntrusted === true || streams === undefined;

  const attempt = (work: () => string): string => {
    if (isHidden) return "";
    try {
      const text = work().slice(0, left);
      left -= text.length;
      return text;
    } catch {
      isHidden = true;
      return "";
    }
  };
  return {
    push: (chunk) => attempt(() => (streams ?? []).reduce((text, stream) => stream.push(text), chunk)),
    end: () => attempt(() => (streams ?? []).reduce((text, stream) => stream.push(text) + stream.end(), "")),
  };
}

/** The streams of the filters; `undefined` when one of them has none: what it did not look at is not shown. */
function openStreams(filters: readonly ResultFilter[], source: FilterSource): readonly FilterStream[] | undefined {
  const streams: FilterStream[] = [];
  try {
    for (const filter of filters) {
      if (filter.appliesTo?.(source) === false) continue;
      if (filter.open === undefined) return undefined;
      streams.push(filter.open(source));
    }
  } catch {
    return undefined;
  }
  return streams;
}
