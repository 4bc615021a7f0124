import { hash } from "node:crypto";

import type {
  AuditAnswer,
  AuditEntry,
  AuditScope,
  Decision,
  FilterFinding,
  JsonObject,
  JsonValue,
  ToolCall,
  ToolCallResult,
} from "../spec/index.ts";
import { cleanValue, digestOf, type CleanOptions } from "./record-data.ts";
import { scanPii } from "./scan-pii.ts";

/** What an entry needs of its logger. */
export interface EntryLog extends CleanOptions {
  readonly logToolArgs: boolean;
  /** Adds a record. `cleaned` is written as it is; everything else is cleaned first. */
  append(
    type: string,
    data: Readonly<Record<string, unknown>>,
    cleaned?: Readonly<Record<string, unknown>> | RecordedArgs,
  ): Promise<void> | void;
  /** Resolves when everything so far is on the disk. */
  sync(): Promise<void>;
}

/** Arguments as they are recorded: cleaned. */
export interface RecordedArgs {
  /** Left out where only digests are written. */
  readonly args?: JsonValue;
  /** Of the cleaned arguments, so that it gives no secret away. */
  readonly argsDigest: string;
  readonly argsPii?: JsonObject;
}

/** Writes the intent of a call and opens its entry: `tool_intent`, `tool_effect`, `tool_outcome`. */
export function openEntry(call: ToolCall, scope: AuditScope, log: EntryLog): AuditEntry | Promise<AuditEntry> {
  const intent = recordArgs(call.args, log);
  const invalidArgs = log.logToolArgs ? call.invalidArgs?.slice(0, 500) : undefined;
  const written = log.append("tool_intent", { invalidArgs, parentToolUseId: scope.parentToolUseId }, intent);
  const entry = makeEntry(call, intent, log);
  return written === undefined ? entry : written.then(() => entry);
}

function makeEntry(call: ToolCall, intent: RecordedArgs, log: EntryLog): AuditEntry {
  let isClosed = false;
  const answers: AuditAnswer[] = [];
  const takeAnswers = () => (answers.length === 0 ? {} : { answers: answers.splice(0) });
  return {
    note(answer) {
      answers.push(answer);
    },
    effect(prepared, decision) {
      const { effect } = prepared.tool;
      // Reading changes nothing that a crash could leave half done; the outcome holds its decision.
      if (effect === "read") return undefined;
      const args = recordArgs(prepared.args, log);
      // The same arguments are not written twice.
      const isSame = args.argsDigest === intent.argsDigest;
      const data = { effect, decision: describeDecision(decision), ...takeAnswers() };
      const written = log.append("tool_effect", data, isSame ? { argsDigest: args.argsDigest } : args);
      return written === undefined ? log.sync() : written.then(() => log.sync());
    },
    close(result, findings) {
      if (isClosed) throw new TypeError(`The audit entry of call ${call.id} is closed already`);
      isClosed = true;
      const { told, measured } = describeOutcome(result, findings, log);
      return log.append("tool_outcome", { ...told, ...takeAnswers() }, measured);
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      await log.append("tool_outcome", { outcome: "abandoned", isError: true });
    },
  };
}

function recordArgs(args: JsonValue | undefined, log: EntryLog): RecordedArgs {
  const { value, pii } = cleanValue(args ?? null, log);
  return {
    ...(log.logToolArgs ? { args: value } : {}),
    argsDigest: digestOf(value),
    ...(pii === undefined ? {} : { argsPii: pii }),
  };
}

function describeDecision({ effect, layer, rule, reason }: Decision) {
  return { effect, layer, rule, reason };
}

function describeOutcome(result: ToolCallResult, findings: readonly FilterFinding[], log: EntryLog) {
  const { outcome, isError, decision, content, durationMs, isolation } = result;
  // What the model reads is not written down, only what shows later whether a text is the one that it read.
  const text = typeof content === "string" ? content : JSON.stringify(content, describeBytes);
  const kinds = log.scanPii ? [...new Set(scanPii(text).map(({ kind }) => kind))] : [];
  return {
    /** Words of people and models: cleaned before they are written. */
    told: { decision: describeDecision(decision), findings: findings.length === 0 ? undefined : findings },
    /** Our own words and numbers: nothing to clean. */
    measured: {
      outcome,
      isError,
      contentDigest: hash("sha256", text),
      contentBytes: Buffer.byteLength(text),
      durationMs: Math.round(durationMs * 1000) / 1000,
      isolation: { ...isolation },
      ...(kinds.length === 0 ? {} : { contentPii: kinds }),
    },
  };
}

/** Raw bytes stand in the digest's text by their own digest. */
function describeBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { bytes: value.length, digest: hash("sha256", value) } : value;
}
