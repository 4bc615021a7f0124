import { hash } from "node:crypto";

import type { PreparedCall, ToolCall } from "../spec/index.ts";
import type { ToolCallRun } from "./tool-call-run.ts";

/** The key of a call for services that take one: the same for every retry, also after a crash, and unlike every other's. */
export function idempotencyKeyOf(
  { id, callId = id }: Pick<ToolCall | PreparedCall, "id" | "callId">,
  run: ToolCallRun,
): string {
  return hash("sha256", `${run.callSpace ?? run.scope.sessionId}|${callId}`);
}
