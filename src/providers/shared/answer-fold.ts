import type { ModelFinish, ModelStreamPart } from "../../spec/index.ts";
import { truncatedStream } from "./to-provider-error.ts";
import { asObject, type WireObject } from "./wire.ts";

/** Reads the events of one answer into parts and, at the end, the whole message. */
export interface AnswerFold {
  /** Takes one `data` payload and adds what it shows to the reader to `parts`. Throws when it is an error. */
  push(payload: string, parts: ModelStreamPart[]): void;
  /** The vendor said that nothing follows. */
  readonly isDone: boolean;
  /** Adds what is left and gives the end. Throws a `ProviderError` when the vendor's end is missing. */
  finish(parts: ModelStreamPart[]): ModelFinish;
}

/** A payload as an object. Throws a retryable `ProviderError` for anything else. */
export function parsePayload(payload: string, provider: string): WireObject {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    throw truncatedStream(provider, "an event is not JSON");
  }
  const object = asObject(value);
  if (object === undefined) throw truncatedStream(provider, "an event is not a JSON object");
  return object;
}
