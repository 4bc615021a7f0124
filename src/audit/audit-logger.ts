import { homedir } from "node:os";
import { join } from "node:path";

import { systemClock, systemRandom } from "../async/index.ts";
import { describeError, HarnessError } from "../errors/index.ts";
import type { Audit, AuditEntry, AuditEvent, AuditScope, Clock, JsonObject, ToolCall } from "../spec/index.ts";
import { openEntry, type RecordedArgs } from "./audit-entry.ts";
import { logName } from "./list-logs.ts";
import { openLogFile, type LogFile } from "./log-file.ts";
import { cleanData, cleanText, type CleanOptions } from "./record-data.ts";
import { enforceRetention } from "./retention.ts";

/** When records are forced to the disk: before every effect, after every record, or never but at `close`. */
export type AuditSync = "effect" | "always" | "never";

/** Options of an `AuditLogger`. */
export interface AuditLoggerOptions {
  /** Where the logs are. @default ~/.harness/audit */
  readonly dir?: string;
  /**
   * One log for everything, named after this session. Left out: a log for each session that records name; those that
   * name none go to a session of their own.
   */
  readonly sessionId?: string;
  /** Take personal data out of what is written and note its kinds, also of results. @default false */
  readonly scanPii?: boolean;
  /** Write the arguments of tool calls; otherwise only their digest. @default true */
  readonly logToolArgs?: boolean;
  /** Logs that have not changed for so many days are deleted at `close`. @default kept */
  readonly retentionDays?: number;
  /** The oldest logs are deleted at `close` until all together have so many megabytes (10^6 bytes). @default kept */
  readonly retentionMaxSizeMb?: number;
  /** Takes secrets out of every text before it is hashed and written: `(text) => redactor.redact(text).text`. */
  readonly redact?: (text: string) => string;
  /** @default the machine's clock */
  readonly clock?: Pick<Clock, "now">;
  /** @default "effect" */
  readonly sync?: AuditSync;
}

const SESSION_ID = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * The audit log: a file of JSON lines for each session, chained by SHA-256 (see `sealRecord`), with one writer. Opened at
 * the first record; a session that goes on continues its chain. Records are written at the end of each tick at the
 * latest, and before any effect that is not reading they are on the disk. When anything cannot be written it throws
 * code "audit_failed", and every later call throws: a run that cannot be recorded stops. Whoever makes it closes it.
 *
 * @example
 * const audit = new AuditLogger({ dir: "audit", sessionId: "nightly" });
 * await audit.record({ type: "host_deploy_started", data: { version: "1.2.3" } });
 * await audit.close();
 * (await verifyAudit(audit.path)).ok; // true
 */
export class AuditLogger implements Audit {
  readonly #options: AuditLoggerOptions;
  readonly #clean: CleanOptions;
  readonly #dir: string;
  readonly #defaultSession: string;
  readonly #files = new Map<string, LogFile>();
  #failure: HarnessError | undefined;
  #isClosed = false;

  /** Throws code "session_invalid" for a session id that is none, and a `RangeError` for limits that are none. */
  constructor(options: AuditLoggerOptions = {}) {
    checkLimit(options.retentionDays, "retentionDays");
    checkLimit(options.retentionMaxSizeMb, "retentionMaxSizeMb");
    const { sync = "effect" } = options;
    if (sync !== "effect" && sync !== "always" && sync !== "never") {
      throw new TypeError(`sync must be "effect", "always" or "never", got ${String(sync)}`);
    }
    this.#options = options;
    this.#clean = { redact: options.redact, scanPii: options.scanPii ?? false, cleanKeys: new Set() };
    this.#dir = options.dir ?? join(homedir(), ".harness", "audit");
    this.#defaultSession = checkSessionId(options.sessionId ?? systemRandom.id());
  }

  /** The log's file; the directory, where each session has a file. */
  get path(): string {
    return this.#options.sessionId === undefined ? this.#dir : this.pathOf(this.#defaultSession);
  }

  /** The file that records of a session go to. */
  pathOf(sessionId: string): string {
    return join(this.#dir, logName(this.#fileSession(sessionId)));
  }

  record(event: AuditEvent): Promise<void> | void {
    const { type, sessionId = this.#defaultSession, agent = "main", toolUseId, tool, cost, content } = event;
    if (typeof type !== "string" || type.length === 0) throw new TypeError("An audit event needs a type");
    // What is not JSON in an event's data is made so, or left out, when it is cleaned.
    const data = { ...event.data, cost, ...(content === undefined ? {} : { content }) } as unknown as JsonObject;
    const names = {
      ...(toolUseId === undefined ? {} : { callId: toolUseId }),
      ...(tool === undefined ? {} : { tool }),
    };
    return this.#append({ sessionId, agent }, { type, data, ...names });
  }

  append(event: AuditEvent): void {
    const written = this.record(event);
    if (written !== undefined) written.catch((error: unknown) => this.#fail(error));
  }

  openCall(call: ToolCall, scope: AuditScope): Promise<AuditEntry> | AuditEntry {
    // The name comes from a model, and need not be that of a tool.
    const tool = this.#attempt(() => cleanText(call.name.slice(0, 200), this.#clean));
    const names = { callId: call.id.slice(0, 200), tool };
    return openEntry(call, scope, {
      ...this.#clean,
      logToolArgs: this.#options.logToolArgs ?? true,
      // What entries write is made of JSON values and fields that may be left out; cleaning drops these.
      append: (type, data, cleaned) => this.#append(scope, { type, data: data as JsonObject, cleaned, ...names }),
      sync: () => this.#sync(scope.sessionId),
    });
  }

  /** Writes what waits; with `sync` other than "never" it is on the disk then. */
  async flush(): Promise<void> {
    this.#check();
    await this.#syncAll();
  }

  /** Closes one session's file. The next record of that session opens it again. */
  async closeSession(sessionId: string): Promise<void> {
    const key = this.#fileSession(sessionId);
    const file = this.#files.get(key);
    if (file === undefined) return;
    await this.#sync(sessionId);
    this.#files.delete(key);
    this.#write(() => file.close());
  }

  /**
   * Writes what waits, closes every file and, where it is configured, deletes old logs. Once is enough. Throws when
   * anything was not written, also earlier.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const files = [...this.#files.values()];
    try {
      this.#check();
      await this.#syncAll();
    } finally {
      this.#files.clear();
      for (const file of files) this.#write(() => file.close());
    }
    await this.#retain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #append(scope: AuditScope, { type, data, cleaned, callId, tool }: AppendedRecord): Promise<void> | void {
    this.#check();
    if (this.#isClosed) throw new HarnessError("The audit log is closed", { code: "audit_failed" });
    const body = this.#attempt(() => ({
      ts: this.#now(),
      session: scope.sessionId,
      agent: scope.agent,
      type,
      ...(callId === undefined ? {} : { callId }),
      ...(tool === undefined ? {} : { tool }),
      data: { ...cleaned, ...cleanData(data, this.#clean) },
    }));
    const file = this.#open(scope.sessionId);
    this.#write(() => file.append(body));
    return this.#options.sync === "always" ? this.#sync(scope.sessionId) : undefined;
  }

  #open(sessionId: string): LogFile {
    const key = this.#fileSession(sessionId);
    const opened = this.#files.get(key);
    if (opened !== undefined) return opened;
    const file = this.#attempt(() =>
      openLogFile(join(this.#dir, logName(key)), {
        isDurable: this.#options.sync !== "never",
        onError: (error) => this.#fail(error),
      }),
    );
    this.#files.set(key, file);
    const { droppedBytes } = file;
    if (droppedBytes !== undefined) {
      const data = { droppedBytes };
      this.#write(() =>
        file.append({ ts: this.#now(), session: sessionId, agent: "main", type: "log_recovered", data }),
      );
    }
    return file;
  }

  /** Which file holds a session. The id becomes part of a path, whoever gave it. */
  #fileSession(sessionId: string): string {
    return this.#options.sessionId === undefined ? checkSessionId(sessionId) : this.#defaultSession;
  }

  #now(): string {
    return new Date((this.#options.clock ?? systemClock).now()).toISOString();
  }

  async #sync(sessionId: string): Promise<void> {
    const file = this.#files.get(this.#fileSession(sessionId));
    if (file === undefined) return;
    try {
      if (this.#options.sync === "never") file.flush();
      else await file.sync();
    } catch (error) {
      throw this.#fail(error);
    }
    this.#check();
  }

  async #syncAll(): Promise<void> {
    await Promise.all([...this.#files.keys()].map((sessionId) => this.#sync(sessionId)));
  }

  async #retain(): Promise<void> {
    const { retentionDays, retentionMaxSizeMb } = this.#options;
    if (retentionDays === undefined && retentionMaxSizeMb === undefined) return;
    const now = (this.#options.clock ?? systemClock).now();
    const limits = { maxAgeDays: retentionDays, maxSizeMb: retentionMaxSizeMb };
    await enforceRetention(this.#dir, { ...limits, now });
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** What fails here left the log as it was. */
  #attempt<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      throw this.#toError(error);
    }
  }

  #write(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** From now on every call throws: nobody can tell what of the log is on the disk. */
  #fail(error: unknown): HarnessError {
    return (this.#failure ??= this.#toError(error));
  }

  #toError(error: unknown): HarnessError {
    if (HarnessError.isInstance(error)) return error;
    const message = `The audit log in ${this.#dir} cannot be written: ${describeError(error)}`;
    return new HarnessError(message, { code: "audit_failed", cause: error });
  }
}

interface AppendedRecord {
  readonly type: string;
  readonly data: JsonObject;
  readonly cleaned?: Readonly<Record<string, unknown>> | RecordedArgs | undefined;
  readonly callId?: string;
  readonly tool?: string;
}

function checkSessionId(sessionId: string): string {
  if (typeof sessionId === "string" && SESSION_ID.test(sessionId)) return sessionId;
  throw new HarnessError(
    `A session id has 1 to 128 letters, digits, "-" or "_"; this one does not: ${JSON.stringify(String(sessionId).slice(0, 80))}`,
    { code: "session_invalid" },
  );
}

function checkLimit(limit: number | undefined, name: string): void {
  if (limit === undefined || (Number.isFinite(limit) && limit > 0)) return;
  throw new RangeError(`${name} must be a number above 0, got ${String(limit)}`);
}
