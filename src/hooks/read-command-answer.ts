import type { HookVerdict } from "../spec/index.ts";
import type { CommandEnd } from "./run-command.ts";

/** The exit code by which a command denies. */
const DENY = 2;
const LONGEST_REASON = 2000;

/**
 * What a command said. Throws for every end that is no answer: that is the hook's failure, and denies where a hook can.
 * Besides our own verdicts (`{ "type": "deny", "reason": … }`) it reads those of other tools: `blocked`, `decision`,
 * `continue` and `hookSpecificOutput.permissionDecision`.
 */
export function readCommandAnswer({ exitCode, signal, stdout, stderr, isCut }: CommandEnd): HookVerdict | undefined {
  if (exitCode === DENY) return { type: "deny", reason: reasonOf(stderr, stdout) };
  if (exitCode !== 0) {
    const end = signal === undefined ? `exit code ${exitCode}` : `signal ${signal}`;
    throw new Error(`its command ended with ${end}: ${reasonOf(stderr, stdout)}`);
  }
  if (isCut) throw new Error("its command said more than is read");
  const text = stdout.trim();
  // What is no JSON object is talk, as of `set -x` or a greeting.
  if (!text.startsWith("{")) {
    if (text.startsWith("[")) throw new Error("its command answered with a list, which is no verdict");
    return undefined;
  }
  return readAnswer(JSON.parse(text));
}

function readAnswer(value: unknown): HookVerdict | undefined {
  const answer = isRecord(value) ? value : {};
  // Checked in full where the bus takes it.
  if ("type" in answer) return answer as unknown as HookVerdict;
  const { blocked, decision, continue: goesOn, hookSpecificOutput: specific } = answer;
  const reason = firstText(answer["reason"], answer["message"], answer["stopReason"]);
  if (blocked === true || goesOn === false) return { type: "deny", reason };
  if (isRecord(specific)) return readSpecific(specific);
  if (decision !== undefined) return readDecision(decision, reason);
  const known = ["blocked", "continue", "reason", "message", "suppressOutput", "systemMessage"];
  const unknown = Object.keys(answer).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Error(`its command answered with an unknown key "${unknown}"`);
  return undefined;
}

function readSpecific({
  permissionDecision,
  permissionDecisionReason,
  updatedInput,
  additionalContext,
}: Record<string, unknown>): HookVerdict | undefined {
  const reason = firstText(permissionDecisionReason);
  if (permissionDecision !== undefined && permissionDecision !== "allow")
    return readDecision(permissionDecision, reason);
  // The bus checks what becomes of the call.
  if (updatedInput !== undefined) return { type: "modify", args: updatedInput } as HookVerdict;
  return typeof additionalContext === "string" ? { type: "guide", text: additionalContext } : undefined;
}

function readDecision(decision: unknown, reason: string): HookVerdict | undefined {
  if (decision === "deny" || decision === "block") return { type: "deny", reason };
  if (decision === "ask") return { type: "ask", reason };
  // An allowance of a hook loosens nothing: the rest of the gate decides.
  if (decision === "allow" || decision === "approve" || decision === "proceed") return undefined;
  throw new Error(`its command answered with an unknown decision ${JSON.stringify(decision)}`);
}

function firstText(...values: readonly unknown[]): string {
  const found = values.find((value) => typeof value === "string" && value !== "");
  return typeof found === "string" ? found.slice(0, LONGEST_REASON) : "its command said so without a reason";
}

function reasonOf(stderr: string, stdout: string): string {
  return firstText(stderr.trim(), stdout.trim());
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
