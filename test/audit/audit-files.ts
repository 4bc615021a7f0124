import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import { AuditLogger } from "../../src/audit/index.ts";
import { defineTestTool } from "./test-tool.ts";
import type { Decision, PreparedCall, ToolCall, ToolCallResult, ToolEffect } from "../../src/spec/index.ts";

/** A directory of the test, removed after it. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "harness-audit-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes a log of so many records and returns its path. */
export async function writeLog(dir: string, records: number, sessionId = "s1"): Promise<string> {
  const audit = new AuditLogger({ dir, sessionId, sync: "never" });
  for (let count = 0; count < records; count += 1)
    await audit.record({ type: "host_event", sessionId, data: { count } });
  await audit.close();
  return audit.path;
}

/** The lines of a file as the JSON that they are. */
export function readLines(path: string): readonly Record<string, unknown>[] {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Verifies a chain by the words of its documentation, without our code. Throws where it does not hold. */
export function verifyByHand(path: string): number {
  let prev = "0".repeat(64);
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  for (const line of lines) {
    const stored = line.slice(-66, -2);
    const digest = createHash("sha256")
      .update(`${line.slice(0, -75)}}`)
      .digest("hex");
    if (digest !== stored || !line.includes(`"prev":"${prev}"`)) throw new Error(`Broken: ${line}`);
    prev = stored;
  }
  return lines.length;
}

export const allowed: Decision = { effect: "allow", layer: "policy", rule: "tests", reason: "it is a test" };

/** A call with its prepared form and a result. */
export function makeCall(args: ToolCall["args"] = { command: "ls" }, effect: ToolEffect = "execute") {
  const call: ToolCall = { id: "call-1", name: "Bash", args };
  const prepared = { id: call.id, tool: defineTestTool(effect), args: args ?? {}, input: args } as PreparedCall;
  const result: ToolCallResult = {
    call,
    name: call.name,
    content: "the output",
    isError: false,
    outcome: "completed",
    decision: allowed,
    durationMs: 12.345678,
    isolation: { mode: "none", filesystem: "unconfined", network: "unconfined", environment: "inherited", limits: [] },
  };
  return { call, prepared, result };
}
