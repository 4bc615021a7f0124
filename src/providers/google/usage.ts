import type { Usage } from "../../spec/index.ts";
import { asCount, asObject, toUsage } from "../shared/index.ts";

/**
 * The `usageMetadata` of a chunk. The vendor counts thoughts and the results of its own tools beside the answer and the
 * prompt; what it read from its cache is part of the prompt already.
 * Source: https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function readUsage(metadata: unknown): Usage | undefined {
  const counts = asObject(metadata);
  // The API leaves out what is zero; a prompt never is.
  if (asCount(counts?.["promptTokenCount"]) === undefined) return undefined;
  const count = (name: string): number | undefined => asCount(counts?.[name] ?? 0);
  const reasoning = count("thoughtsTokenCount");
  return toUsage({
    input: add(count("promptTokenCount"), count("toolUsePromptTokenCount")),
    output: add(count("candidatesTokenCount"), reasoning),
    cacheRead: count("cachedContentTokenCount"),
    reasoning,
  });
}

/** Unknown as soon as one of them is. */
function add(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left + right;
}
