import type {
  AuditAnswer,
  AuditDecision,
  AuditEntry,
  AuditScope,
  Decision,
  FilterFinding,
  Isolation,
  JsonValue,
  PreparedCall,
  ToolCall,
  ToolCallResult,
} from "../spec/index.ts";
import { sha256 } from "../digest/index.ts";
import type { AppendedRecord } from "./clean-record.ts";
import type { Cleaner, CleanJson } from "./clean-json.ts";

/** What an entry needs of its logger. */
export interface EntryLog {
  readonly cleaner: Cleaner;
  readonly logToolArgs: boolean;
  /** The kinds of personal data in a text, where the log looks for them. */
  piiKinds(text: string): readonly string[];
  append(record: AppendedRecord): void;
  /** A confinement as JSON: the same for nearly every call. */
  isolation(isolation: Isolation): string;
  /** Resolves when everything so far is on the disk. */
  sync(): Promise<void>;
}

/** Writes the intent of a call and opens its entry: `tool_intent`, `tool_effect`, `tool_outcome`. */
export function openEntry(call: ToolCall, scope: AuditScope, log: EntryLog): AuditEntry {
  return new CallEntry(call, scope, log);
}

/** Arguments as they are recorded. */
interface RecordedArgs {
  /** Cleaned; left out where only digests are written. */
  readonly json: string | undefined;
  /** Of the cleaned arguments, so that it gives no secret away; itself a JSON text. */
  readonly digest: string;
  readonly pii: CleanJson["pii"];
}

class CallEntry implements AuditEntry {
  readonly #log: EntryLog;
  readonly #call: ToolCall;
  readonly #scope: AuditScope;
  readonly #tool: string;
  readonly #callId: string;
  readonly #intent: RecordedArgs;
  #answers: AuditAnswer[] | undefined;
  #isClosed = false;

  constructor(call: ToolCall, scope: AuditScope, log: EntryLog) {
    this.#log = log;
    this.#call = call;
    this.#scope = scope;
    // The name comes from a model, and need not be that of a tool.
    this.#tool = log.cleaner.text(call.name.slice(0, 200));
    this.#callId = call.id.slice(0, 200);
    const { digest, json, pii } = cleanArgs(call, log);
    this.#intent = { digest, json, pii };
    const args = json === undefined ? "" : `,"args":${json}`;
    this.#append("tool_intent", { pii, parentToolUseId: scope.parentToolUseId }, `{"argsDigest":${digest}${args}}`);
  }

  note(answer: AuditAnswer): void {
    this.#answers ??= [];
    this.#answers.push(answer);
  }

  effect({ tool, args: prepared }: PreparedCall, decision: Decision): Promise<void> | undefined {
    // Reading changes nothing that a crash could leave half done; the outcome holds its decision.
    if (tool.effect === "read") return undefined;
    const log = this.#log;
    // The same arguments are not written, nor looked through, twice.
    const { digest, json, pii } = prepared === this.#call.args ? this.#intent : recordArgs(prepared, log);
    const isSame = digest === this.#intent.digest;
    const facts = {
      effect: tool.effect,
      decision: describeDecision(decision),
      pii: isSame ? undefined : pii,
      answers: this.#takeAnswers(),
    };
    const args = isSame || json === undefined ? "" : `,"args":${json}`;
    const reason = log.cleaner.json(decision.reason).json;
    this.#append("tool_effect", facts, `{"argsDigest":${digest}${args},"reason":${reason}}`);
    return log.sync();
  }

  close(result: ToolCallResult, findings: readonly FilterFinding[]): void {
    if (this.#isClosed) throw new TypeError(`The audit entry of call ${this.#call.id} is closed already`);
    this.#isClosed = true;
    const { outcome, isError, decision, content, durationMs, isolation } = result;
    const log = this.#log;
    // What the model reads is not written down, only what shows later whether a text is the one that it read.
    const text = typeof content === "string" ? content : JSON.stringify(content, describeBytes);
    const kinds = log.piiKinds(text);
    const facts = {
      outcome,
      isError,
      decision: describeDecision(decision),
      contentBytes: Buffer.byteLength(text),
      contentPii: kinds.length === 0 ? undefined : kinds,
      findings: findings.length === 0 ? undefined : findings,
      durationMs: Math.round(durationMs * 1000) / 1000,
      answers: this.#takeAnswers(),
    };
    const reason = log.cleaner.json(decision.reason).json;
    const told = `{"contentDigest":"${sha256(text)}","reason":${reason}}`;
    this.#append("tool_outcome", facts, told, `"isolation":${log.isolation(isolation)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#append("tool_outcome", { outcome: "abandoned", isError: true, answers: this.#takeAnswers() }, undefined);
  }

  #append(
    type: "tool_intent" | "tool_effect" | "tool_outcome",
    facts: object,
    contentJson: string | undefined,
    more?: string,
  ): void {
    const { sessionId, agent } = this.#scope;
    const callId = this.#callId;
    const tool = this.#tool;
    this.#log.append({ type, sessionId, agent, callId, tool, facts, contentJson, more });
  }

  #takeAnswers(): readonly AuditAnswer[] | undefined {
    const answers = this.#answers;
    this.#answers = undefined;
    return answers;
  }
}

/** What the model sent; where that was no JSON, the beginning of what it was. */
function cleanArgs({ args, invalidArgs }: ToolCall, log: EntryLog): RecordedArgs {
  if (args !== undefined || invalidArgs === undefined) return recordArgs(args, log);
  return recordArgs({ invalid: invalidArgs.slice(0, 500) }, log);
}

function recordArgs(args: JsonValue | undefined, { cleaner, logToolArgs }: EntryLog): RecordedArgs {
  const { json, pii } = cleaner.json(args ?? null);
  return { json: logToolArgs ? json : undefined, digest: `"${sha256(json)}"`, pii };
}

/** A rule that there is none of is left out of the record. */
function describeDecision({ effect, layer, rule }: Decision) {
  return { effect, layer, rule } satisfies Record<keyof AuditDecision, unknown>;
}

/** Raw bytes stand in the digest's text by their own digest. */
function describeBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { bytes: value.length, digest: sha256(value) } : value;
}
