import type { JsonValue } from "../../spec/index.ts";
import { asObjects, asString, type WireObject } from "../shared/index.ts";

/** Joins OpenRouter's `reasoning_details`, which come in pieces and go back whole. */
export interface ReasoningDetails {
  add(value: unknown): void;
  /** The details as they must be sent back, or `undefined` when none came. */
  build(): JsonValue | undefined;
}

/** The fields of a detail whose pieces are joined; of all others the last value counts. */
const JOINED = ["text", "summary", "data"] as const;

/** Pieces of one detail carry the same `index` and `type` and follow each other. */
export function createReasoningDetails(): ReasoningDetails {
  const details: Record<string, unknown>[] = [];
  return {
    add(value) {
      for (const piece of asObjects(value)) {
        const last = details.at(-1);
        if (last !== undefined && last["type"] === piece["type"] && last["index"] === piece["index"]) join(last, piece);
        else details.push({ ...piece });
      }
    },
    // They came out of JSON.parse, so they are JSON.
    build: () => (details.length === 0 ? undefined : (details as unknown as JsonValue)),
  };
}

function join(detail: Record<string, unknown>, piece: WireObject): void {
  for (const [key, value] of Object.entries(piece)) {
    const isJoined = JOINED.some((name) => name === key);
    const [before, after] = [asString(detail[key]), asString(value)];
    if (isJoined && before !== undefined && after !== undefined) detail[key] = before + after;
    else if (value !== null && value !== undefined) detail[key] = value;
  }
}
