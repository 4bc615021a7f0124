import type { ApprovalAnswer, ApprovalQuestion, JsonObject } from "../spec/index.ts";

/** The letters that may be typed. */
export function choicesOf({ scopes }: ApprovalQuestion): string {
  const more = [...(scopes.includes("session") ? ["s"] : []), ...(scopes.includes("always") ? ["a"] : [])];
  return `[${["y", "N", ...more].join("/")}]`;
}

/** What was typed, as an answer. Bound to the arguments that were shown. */
export function readChoice(line: string, { scopes, argsDigest }: ApprovalQuestion): ApprovalAnswer {
  const typed = line.trim();
  if (/^y(?:es)?$/i.test(typed)) return { decision: "approve", argsDigest };
  if (/^s$/i.test(typed) && scopes.includes("session")) return { decision: "approve", argsDigest, scope: "session" };
  if (/^a$/i.test(typed) && scopes.includes("always")) return { decision: "approve", argsDigest, scope: "always" };
  const editedArgs = /^e\s+\{/i.test(typed) ? readObject(typed.slice(1)) : undefined;
  if (editedArgs !== undefined) return { decision: "approve", argsDigest, editedArgs };
  const [, feedback] = /^n(?:o)?[ ,:]+(\S.*)$/is.exec(typed) ?? [];
  return feedback === undefined ? { decision: "deny" } : { decision: "deny", feedback };
}

function readObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // What JSON.parse gives for "{" is an object of JSON.
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
