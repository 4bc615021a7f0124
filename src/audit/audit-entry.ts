import type {
  AuditAnswer,
  AuditDecision,
  AuditEntry,
  AuditScope,
  Decision,
  FilterFinding,
  Isolation,
  JsonValue,
  ToolCall,
  ToolCallResult,
} from "../spec/index.ts";
import { sha256 } from "../digest/index.ts";
import type { Cleaner, CleanJson } from "./clean-json.ts";

/** What an entry needs of its logger. */
export interface EntryLog {
  readonly cleaner: Cleaner;
  readonly logToolArgs: boolean;
  /** The kinds of personal data in a text, where the log looks for them. */
  piiKinds(text: string): readonly string[];
  /** Adds a record. Facts are cleaned; content is JSON that was, and so are more fields of the facts: `"name":…`. */
  append(
    type: "tool_intent" | "tool_effect" | "tool_outcome",
    facts: object,
    content: string | undefined,
    more?: string,
  ): void;
  /** A confinement as JSON: the same for nearly every call. */
  isolation(isolation: Isolation): string;
  /** Resolves when everything so far is on the disk. */
  sync(): Promise<void>;
}

/** Writes the intent of a call and opens its entry: `tool_intent`, `tool_effect`, `tool_outcome`. */
export function openEntry(call: ToolCall, scope: AuditScope, log: EntryLog): AuditEntry {
  const intent = cleanArgs(call, log);
  const facts = { pii: intent.pii, parentToolUseId: scope.parentToolUseId };
  log.append("tool_intent", facts, joinJson({ argsDigest: intent.digest, args: intent.json }));
  return makeEntry(call, intent, log);
}

/** Arguments as they are recorded. */
interface RecordedArgs extends Pick<CleanJson, "pii"> {
  /** Cleaned; left out where only digests are written. */
  readonly json: string | undefined;
  /** Of the cleaned arguments, so that it gives no secret away; itself a JSON text. */
  readonly digest: string;
}

function makeEntry(call: ToolCall, intent: RecordedArgs, log: EntryLog): AuditEntry {
  let isClosed = false;
  let answers: AuditAnswer[] = [];
  const takeAnswers = (): { readonly answers?: readonly AuditAnswer[] } => {
    if (answers.length === 0) return {};
    const taken = { answers };
    answers = [];
    return taken;
  };
  return {
    note(answer) {
      answers.push(answer);
    },
    effect(prepared, decision) {
      const { effect } = prepared.tool;
      // Reading changes nothing that a crash could leave half done; the outcome holds its decision.
      if (effect === "read") return undefined;
      // The same arguments are not written, nor looked through, twice.
      const args = prepared.args === call.args ? intent : recordArgs(prepared.args, log);
      const isSame = args.digest === intent.digest;
      const facts = {
        effect,
        decision: describeDecision(decision),
        ...(isSame ? {} : { pii: args.pii }),
        ...takeAnswers(),
      };
      const reason = log.cleaner.json(decision.reason).json;
      log.append(
        "tool_effect",
        facts,
        joinJson({ argsDigest: args.digest, args: isSame ? undefined : args.json, reason }),
      );
      return log.sync();
    },
    close(result, findings) {
      if (isClosed) throw new TypeError(`The audit entry of call ${call.id} is closed already`);
      isClosed = true;
      const { facts, content } = describeOutcome(result, findings, log);
      log.append(
        "tool_outcome",
        { ...facts, ...takeAnswers() },
        content,
        `"isolation":${log.isolation(result.isolation)}`,
      );
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      log.append("tool_outcome", { outcome: "abandoned", isError: true, ...takeAnswers() }, undefined);
    },
  };
}

/** What the model sent; where that was no JSON, the beginning of what it was. */
function cleanArgs({ args, invalidArgs }: ToolCall, log: EntryLog): RecordedArgs {
  if (args !== undefined || invalidArgs === undefined) return recordArgs(args, log);
  return recordArgs({ invalid: invalidArgs.slice(0, 500) }, log);
}

function recordArgs(args: JsonValue | undefined, { cleaner, logToolArgs }: EntryLog): RecordedArgs {
  const { json, pii } = cleaner.json(args ?? null);
  return {
    json: logToolArgs ? json : undefined,
    digest: `"${sha256(json)}"`,
    ...(pii === undefined ? {} : { pii }),
  };
}

function describeDecision({ effect, layer, rule }: Decision): AuditDecision {
  return rule === undefined ? { effect, layer } : { effect, layer, rule };
}

function describeOutcome(result: ToolCallResult, findings: readonly FilterFinding[], log: EntryLog) {
  const { outcome, isError, decision, content, durationMs } = result;
  // What the model reads is not written down, only what shows later whether a text is the one that it read.
  const text = typeof content === "string" ? content : JSON.stringify(content, describeBytes);
  const kinds = log.piiKinds(text);
  const facts = {
    outcome,
    isError,
    decision: describeDecision(decision),
    contentBytes: Buffer.byteLength(text),
    ...(kinds.length === 0 ? {} : { contentPii: kinds }),
    ...(findings.length === 0 ? {} : { findings }),
    durationMs: Math.round(durationMs * 1000) / 1000,
  };
  const reason = log.cleaner.json(decision.reason).json;
  return { facts, content: joinJson({ contentDigest: `"${sha256(text)}"`, reason }) };
}

/** An object of values that are JSON already. */
function joinJson(fields: Readonly<Record<string, string | undefined>>): string {
  let json = "";
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) json += `${json === "" ? "{" : ","}"${key}":${value}`;
  }
  return `${json}}`;
}

/** Raw bytes stand in the digest's text by their own digest. */
function describeBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { bytes: value.length, digest: sha256(value) } : value;
}
