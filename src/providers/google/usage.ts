import type { Usage } from "../../spec/index.ts";
import { asCount, asObject } from "../shared/index.ts";

/**
 * The `usageMetadata` of a chunk. The vendor counts thoughts and the results of its own tools beside the answer and the
 * prompt; what it read from its cache is part of the prompt already.
 * Source: https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function readUsage(metadata: unknown): Usage | undefined {
  const counts = asObject(metadata);
  if (counts === undefined) return undefined;
  const count = (name: string): number => asCount(counts[name]) ?? 0;
  const reasoning = count("thoughtsTokenCount");
  const input = count("promptTokenCount") + count("toolUsePromptTokenCount");
  return {
    input,
    output: count("candidatesTokenCount") + reasoning,
    cacheRead: Math.min(count("cachedContentTokenCount"), input),
    cacheWrite: 0,
    reasoning,
  };
}
