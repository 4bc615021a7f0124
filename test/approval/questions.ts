import { NO_LABELS } from "../../src/labels/index.ts";
import type { ApprovalQuestion } from "../../src/approval/index.ts";

/** A question about one call. */
export function question(parts: Partial<ApprovalQuestion> = {}): ApprovalQuestion {
  return {
    id: "q1",
    toolUseId: "call_1",
    sessionId: "s",
    agent: "main",
    name: "Bash",
    args: { command: "ls" },
    argsDigest: "digest",
    layer: "permission",
    isDefault: true,
    reason: "The rule asks",
    risk: "low",
    riskReasons: [],
    cwd: "/work",
    labels: NO_LABELS,
    scopes: ["once"],
    askedAt: 0,
    expiresAt: undefined,
    ...parts,
  };
}

/** A signal that nobody aborts. */
export function quiet(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal };
}
