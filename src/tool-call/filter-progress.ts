import type { FilterStream, Tool } from "../spec/index.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/**
 * The filters at work on streamed output. A filter that cannot work on a stream, or that throws, hides the output:
 * the reader then sees it in the result only.
 */
export function openProgress(tool: Tool, run: ToolCallRun): FilterStream {
  const source = { tool: tool.name, isUntrusted: tool.isUntrusted === true };
  const streams = run.filters.flatMap((filter) => (filter.open === undefined ? [] : [filter.open(source)]));
  let left = tool.maxOutputBytes ?? run.limits.maxOutputBytes;
  let isHidden = tool.isUntrusted === true;

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
    push: (chunk) => attempt(() => streams.reduce((text, stream) => stream.push(text), chunk)),
    end: () => attempt(() => streams.reduce((text, stream) => stream.push(text) + stream.end(), "")),
  };
}
