import type { Usage } from "../../spec/index.ts";
import { asCount, asObject, asObjects, toUsage, type WireObject } from "../shared/index.ts";

/** Collects what the events of an answer say of its tokens. */
export class UsageMeter {
  #latest: WireObject | undefined;

  /** Takes a later count; what it leaves out or gives as `null` keeps its value. */
  merge(usage: unknown): void {
    const update = asObject(usage);
    if (update === undefined) return;
    const merged: Record<string, unknown> = { ...this.#latest };
    for (const field of Object.keys(update)) merged[field] = update[field] ?? merged[field];
    this.#latest = merged;
  }

  /** `undefined` when prompt or answer was never told, or told as what is no count. */
  read(): Usage | undefined {
    if (this.#latest === undefined) return undefined;
    const iterations = asObjects(this.#latest["iterations"]);
    // The counts outside leave out what a compaction or an adviser used: the iterations are what is billed.
    const total = sum(iterations.length > 0 ? iterations : [this.#latest]);
    const reasoning = asCount(asObject(this.#latest["output_tokens_details"])?.["thinking_tokens"]);
    const usage = toUsage({ ...total, reasoning });
    return usage === undefined || total.cacheWrite1h === 0 ? usage : { ...usage, cacheWrite1h: total.cacheWrite1h };
  }
}

function sum(entries: readonly WireObject[]) {
  const total = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cacheWrite1h: 0 };
  for (const entry of entries) {
    const read = asCount(entry["cache_read_input_tokens"] ?? 0) ?? Number.NaN;
    const written = asCount(entry["cache_creation_input_tokens"] ?? 0) ?? Number.NaN;
    // The API counts what the cache gave or took beside `input_tokens`.
    total.input += (asCount(entry["input_tokens"]) ?? Number.NaN) + read + written;
    total.output += asCount(entry["output_tokens"]) ?? Number.NaN;
    total.cacheRead += read;
    total.cacheWrite += written;
    const hour = asCount(asObject(entry["cache_creation"])?.["ephemeral_1h_input_tokens"]) ?? 0;
    total.cacheWrite1h += Math.min(hour, written);
  }
  // Once something is no count, what it belongs to is none.
  return { ...total, input: asCount(total.input), output: asCount(total.output) };
}
