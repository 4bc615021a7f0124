import type { Usage } from "../../spec/index.ts";
import { asCount, asObject, toUsage, type WireObject } from "../shared/index.ts";

/** The usage of a `finish` part: nested totals (v3, v4) or flat numbers (v2). `undefined` when nothing was told. */
export function readUsage(value: unknown): Usage | undefined {
  const usage = asObject(value);
  const input = asObject(usage?.["inputTokens"]);
  const output = asObject(usage?.["outputTokens"]);
  if (usage === undefined) return undefined;
  return input === undefined && output === undefined ? readFlat(usage) : readNested(input ?? {}, output ?? {});
}

function readNested(inputTokens: WireObject, outputTokens: WireObject): Usage | undefined {
  const cacheRead = asCount(inputTokens["cacheRead"]);
  const cacheWrite = asCount(inputTokens["cacheWrite"]);
  const reasoning = asCount(outputTokens["reasoning"]);
  const input = asCount(inputTokens["total"]) ?? sum(asCount(inputTokens["noCache"]), cacheRead, cacheWrite);
  const output = asCount(outputTokens["total"]) ?? sum(asCount(outputTokens["text"]), reasoning);
  return toUsage({ input, output, cacheRead, cacheWrite, reasoning });
}

/**
 * In v2 each provider counted as its vendor does: some leave what came from the cache out of the input, or reasoning out
 * of the output. A part that is larger than its whole, or a total that fits only with it, tells so.
 */
function readFlat(usage: WireObject): Usage | undefined {
  const input = asCount(usage["inputTokens"]);
  const output = asCount(usage["outputTokens"]);
  if (input === undefined || output === undefined) return undefined;
  const cacheRead = asCount(usage["cachedInputTokens"]) ?? 0;
  const reasoning = asCount(usage["reasoningTokens"]) ?? 0;
  const isApart = reasoning > output || asCount(usage["totalTokens"]) === input + output + reasoning;
  return toUsage({
    input: cacheRead > input ? input + cacheRead : input,
    output: isApart ? output + reasoning : output,
    cacheRead,
    reasoning,
  });
}

function sum(...counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0);
}
