import type { Usage } from "../../spec/index.ts";
import { asArray, asCount, asObject, type WireObject } from "../shared/index.ts";

/** Collects what the events of an answer say of its tokens. */
export interface UsageMeter {
  /** Takes a later count; what it leaves out or gives as `null` keeps its value. */
  merge(usage: unknown): void;
  /** `undefined` when nothing was ever said. */
  read(): Usage | undefined;
}

/** Starts the count of an answer. */
export function createUsageMeter(): UsageMeter {
  let latest: WireObject | undefined;
  return {
    merge(usage) {
      const update = asObject(usage);
      if (update === undefined) return;
      const known = Object.entries(update).filter(([, value]) => value !== null && value !== undefined);
      latest = { ...latest, ...Object.fromEntries(known) };
    },
    read() {
      if (latest === undefined) return undefined;
      const iterations = asArray(latest["iterations"])
        .map(asObject)
        .filter((entry) => entry !== undefined);
      // The counts outside leave out what a compaction or an adviser used: the iterations are what is billed.
      const total = sum(iterations.length > 0 ? iterations : [latest]);
      const reasoning = asCount(asObject(latest["output_tokens_details"])?.["thinking_tokens"]) ?? 0;
      return { ...total, reasoning: Math.min(reasoning, total.output) };
    },
  };
}

function sum(entries: readonly WireObject[]): Omit<Usage, "reasoning"> {
  let [input, output, cacheRead, cacheWrite, cacheWrite1h] = [0, 0, 0, 0, 0];
  for (const entry of entries) {
    const read = asCount(entry["cache_read_input_tokens"]) ?? 0;
    const written = asCount(entry["cache_creation_input_tokens"]) ?? 0;
    // The API counts what the cache gave or took beside `input_tokens`.
    input += (asCount(entry["input_tokens"]) ?? 0) + read + written;
    output += asCount(entry["output_tokens"]) ?? 0;
    cacheRead += read;
    cacheWrite += written;
    const hour = asCount(asObject(entry["cache_creation"])?.["ephemeral_1h_input_tokens"]) ?? 0;
    cacheWrite1h += Math.min(hour, written);
  }
  return { input, output, cacheRead, cacheWrite, ...(cacheWrite1h > 0 ? { cacheWrite1h } : {}) };
}
