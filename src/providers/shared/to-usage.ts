import type { Usage } from "../../spec/index.ts";

/** Counts as a vendor told them; `undefined` is one that it did not tell, or told as what is no count. */
export interface ToldCounts {
  /** The whole prompt, with what the cache gave and took. */
  readonly input: number | undefined;
  /** The whole answer, with its reasoning. */
  readonly output: number | undefined;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly reasoning?: number | undefined;
}

/**
 * The usage of an answer; `undefined` where prompt or answer was not told: half of a usage, taken for the whole, would
 * count as free what was not told. No part is larger than its whole.
 */
export function toUsage({
  input,
  output,
  cacheRead = 0,
  cacheWrite = 0,
  reasoning = 0,
}: ToldCounts): Usage | undefined {
  if (input === undefined || output === undefined) return undefined;
  const read = Math.min(cacheRead, input);
  return {
    input,
    output,
    cacheRead: read,
    cacheWrite: Math.min(cacheWrite, input - read),
    reasoning: Math.min(reasoning, output),
  };
}
