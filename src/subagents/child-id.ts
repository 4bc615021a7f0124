import { sha256 } from "../digest/index.ts";

/**
 * The session of the sub-agent that works for a call: the same for every try of the call, so that a parent which goes on
 * after a crash finds its child again instead of starting a second one.
 */
export function childIdOf(idempotencyKey: string): string {
  return `agent-${sha256(idempotencyKey).slice(0, 32)}`;
}
