import { resolve } from "node:path";

import { escapeControls } from "../../approval/index.ts";
import { queryAudit } from "../../audit/index.ts";
import { backtestCall, type PolicyChange, type PolicyEngine, type RecordedCall } from "../../policy/index.ts";
import type { AuditRecord, JsonObject, JsonValue } from "../../spec/index.ts";
import type { CliContext } from "../cli-context.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../usage-error.ts";
import { loadPolicy, readPolicyOptions, type PolicyOptions } from "./policy-options.ts";

interface Backtest {
  readonly changes: readonly PolicyChange[];
  readonly calls: number;
  /** Calls whose arguments are not on record any more, or never were. */
  readonly unknown: number;
}

/**
 * `harness policy backtest AUDIT`: asks the policy about every call on record (a log or a folder of logs) and prints
 * where it would answer otherwise than the policy of then. Exit code 1 when anything would change.
 */
export const backtestPolicy: Command = async (args, { out }) => {
  const options = readPolicyOptions(args);
  const [path] = options.positionals;
  if (path === undefined || options.positionals.length > 1) {
    throw new UsageError("harness policy backtest needs one path: an audit log, or a folder of logs");
  }
  const result = await run(await loadPolicy(options), resolve(path), options);
  if (options.json) out(`${JSON.stringify(result, undefined, 2)}\n`);
  else print(result, out);
  return result.changes.length === 0 ? 0 : 1;
};

async function run(engine: PolicyEngine, path: string, options: PolicyOptions): Promise<Backtest> {
  const folders = new Map<string, string>();
  const tainted = new Set<string>();
  const open = new Map<string, RecordedCall>();
  const changes: PolicyChange[] = [];
  let calls = 0;
  let unknown = 0;
  const settle = (key: string, before: RecordedCall["before"]): void => {
    const recorded = open.get(key);
    open.delete(key);
    const change = recorded === undefined ? undefined : backtestCall(engine, { ...recorded, before });
    if (change !== undefined) changes.push(change);
  };
  for await (const record of queryAudit(path)) {
    const { event_type: type, session_id: session, agent, call_id: callId = "", tool, content } = record;
    const key = `${session} ${callId}`;
    if (type === "session_start" && typeof content?.["cwd"] === "string") folders.set(session, content["cwd"]);
    if (type === "context_labelled" && record.data["label"] === "untrusted") tainted.add(session);
    if (type === "tool_intent" && tool !== undefined) {
      const args = argsOf(content);
      calls += 1;
      if (args === undefined) {
        unknown += 1;
        continue;
      }
      const call = { tool, args, agent, cwd: folders.get(session) ?? options.cwd, isTainted: tainted.has(session) };
      open.set(key, { call, before: undefined, place: `session ${session}, call ${callId}` });
    }
    if (type === "tool_effect" || type === "tool_outcome") settle(key, answerOf(record));
  }
  // What ended without an answer on record is shown by what would be said now.
  for (const key of open.keys()) settle(key, undefined);
  return { changes, calls, unknown };
}

function argsOf(content: JsonObject | undefined): JsonObject | undefined {
  const args = content?.["args"];
  return typeof args === "object" && args !== null && !Array.isArray(args) ? (args as JsonObject) : undefined;
}

/** What the policy said then: its own answer among those of the gate, or the decision where it was the policy's. */
function answerOf({ data }: AuditRecord): RecordedCall["before"] {
  const answers: readonly JsonValue[] = Array.isArray(data["answers"]) ? data["answers"] : [];
  const own = [...answers, data["decision"]].find((answer) => fieldOf(answer, "layer") === "policy");
  const effect = fieldOf(own, "effect");
  // Where the gate answered and the policy did not, there was none.
  return effect === "allow" || effect === "ask" || effect === "deny" || effect === "none"
    ? effect
    : answers.length > 0
      ? "none"
      : undefined;
}

function fieldOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
}

function print({ changes, calls, unknown }: Backtest, out: CliContext["out"]): void {
  const line = (text: string): void => out(`${escapeControls(text)}\n`);
  for (const { recorded, after, reason, isStricter } of changes) {
    const before = recorded.before ?? "nothing on record";
    line(
      `${isStricter ? "stricter" : "looser"}  ${before} -> ${after}: ${recorded.call.tool} ${JSON.stringify(recorded.call.args)}`,
    );
    line(`          ${recorded.place}: ${reason}`);
  }
  const stricter = changes.filter(({ isStricter }) => isStricter).length;
  line(`${calls} calls: ${stricter} would be decided more strictly, ${changes.length - stricter} more loosely`);
  if (unknown > 0) line(`${unknown} of them have no arguments on record and could not be asked about`);
}
