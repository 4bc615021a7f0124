import { digestJson } from "../../src/digest/index.ts";
import type { JsonObject, SessionState } from "../../src/spec/index.ts";

/** The digest of a state. */
export function digestOf(state: SessionState): string {
  return digestJson(JSON.parse(JSON.stringify(state)) as JsonObject);
}
