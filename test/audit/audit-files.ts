import { execFileSync } from "node:child_process";
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

/** Puts a pipe in the place of a file: whoever opens it to read waits for somebody who writes. */
export function putPipe(path: string): void {
  rmSync(path, { force: true });
  execFileSync("mkfifo", [path]);
}

/** Writes a log of so many records and returns its path. */
export async function writeLog(dir: string, records: number, sessionId = "s1"): Promise<string> {
  const audit = new AuditLogger({ dir, sessionId, sync: "never" });
  for (let count = 0; count < records; count += 1)
    await audit.record({ type: "host_event", sessionId, data: { count } });
  await audit.close();
  return audit.path;
}

/** The lines of a file as the JSON that they are, their content read. */
export function readLines(path: string): readonly Record<string, unknown>[] {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const record = JSON.parse(line) as Record<string, unknown>;
    const { content } = record;
    return typeof content === "string" ? { ...record, content: JSON.parse(content) as unknown } : record;
  });
}

/** Verifies a chain by the words of its documentation, without our code. Throws where it does not hold. */
export function verifyByHand(path: string): number {
  let prev = "0".repeat(64);
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  for (const whole of lines) {
    const { hash = "", salt, commitment } = JSON.parse(whole) as Record<string, string | undefined>;
    const body = whole.slice(0, whole.indexOf(',"hash":"'));
    if (sha256(`${body}}`) !== hash || !body.endsWith(`,"prev":"${prev}"`)) throw new Error(`Broken: ${whole}`);
    const content = whole.slice(whole.indexOf(',"content":', body.length) + 11, -1);
    if (salt !== undefined && sha256(`${salt}${content}`) !== commitment) throw new Error(`Content: ${whole}`);
    prev = hash;
  }
  return lines.length;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
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
