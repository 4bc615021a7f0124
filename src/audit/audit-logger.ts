import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

import { systemClock, systemRandom } from "../async/index.ts";
import { HarnessError } from "../errors/index.ts";
import { scanPii } from "../pii/index.ts";
import type { Audit, AuditEntry, AuditEvent, AuditScope, Clock, ToolCall } from "../spec/index.ts";
import { openEntry, type EntryLog } from "./audit-entry.ts";
import type { AuditLoggerOptions } from "./audit-logger-options.ts";
import { checkLoggerOptions, checkSessionId } from "./audit-options.ts";
import { createCleaner, type Cleaner } from "./clean-json.ts";
import { cleanRecord, type AppendedRecord } from "./clean-record.ts";
import { openCostView, showCost, type CostView } from "./cost-view.ts";
import { createFailureLatch, type FailureLatch } from "./failure-latch.ts";
import { logName, sharedLogName } from "./list-logs.ts";
import { openLog, type OpenLog } from "./open-log.ts";
import { recoverLogs } from "./recover-logs.ts";
import { rememberLast } from "./remember-last.ts";
import { enforceRetention } from "./retention.ts";
import type { RecordBody } from "./seal-record.ts";
import type { SegmentFile } from "./segment-file.ts";
import { createTimestamps } from "./timestamps.ts";

/**
 * The audit log: JSON lines chained by SHA-256 (see `sealRecord`), one writer a file, all files of a directory named by
 * its index. Opened at the first record. `record` resolves when a record is written, which the death of the process
 * does not undo; before any effect that is not reading, what there is is on the disk. When anything cannot be written it
 * throws code "audit_failed", and every later call throws: a run that cannot be recorded stops. Whoever makes it closes
 * it.
 *
 * @example
 * const audit = new AuditLogger({ dir: "audit", sessionId: "nightly" });
 * await audit.record({ type: "host_deploy_started", data: { version: "1.2.3" } });
 * await audit.close();
 * (await verifyAudit(audit.path)).ok; // true
 */
export class AuditLogger implements Audit {
  readonly #options: AuditLoggerOptions;
  readonly #cleaner: Cleaner;
  /** What all entries of calls write to. */
  readonly #entries: EntryLog;
  readonly #timestamp = createTimestamps();
  readonly #clock: Pick<Clock, "now">;
  readonly #dir: string;
  readonly #defaultSession: string;
  readonly #view: CostView | undefined;
  readonly #latch: FailureLatch;
  #name: string;
  #log: OpenLog | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #checkpointAt = 0;
  /** What goes on beside the records: recovery, checkpoints, logs that are full. Never rejects. */
  #aside: Promise<void> = Promise.resolve();
  /** Resolves when the files that were full are on the disk. */
  #left: Promise<unknown> | undefined;
  #isClosed = false;

  /** Throws code "session_invalid" for a session id that is none, and a `RangeError` or `TypeError` for other options. */
  constructor(options: AuditLoggerOptions = {}) {
    checkLoggerOptions(options);
    const { redact, scanPii: isScanning = false, piiAction = "redact", sessionId, clock = systemClock } = options;
    const pii = isScanning ? piiAction : undefined;
    this.#options = options;
    this.#cleaner = createCleaner({ redact, pii, piiKey: randomBytes(16).toString("hex") });
    this.#entries = {
      cleaner: this.#cleaner,
      logToolArgs: options.logToolArgs ?? true,
      piiKinds: (text) => (isScanning ? kindsOf(text) : []),
      append: (record) => void this.#append(record),
      isolation: rememberLast((isolation) => this.#cleaner.json(isolation).json),
      sync: () => this.#sync(),
    };
    this.#clock = clock;
    this.#dir = options.dir ?? join(homedir(), ".harness", "audit");
    this.#latch = createFailureLatch(this.#dir);
    this.#defaultSession = sessionId ?? systemRandom.id();
    this.#name = sessionId === undefined ? this.#newName() : logName(sessionId);
    const view = options.costView ?? (options.dir === undefined ? join(homedir(), ".harness", "audit.jsonl") : false);
    this.#view = view === false ? undefined : openCostView(view, (error) => this.#latch.fail(error));
  }

  /** The file that is written to. */
  get path(): string {
    return join(this.#dir, this.#name);
  }

  /** The directory of the log and its index. */
  get dir(): string {
    return this.#dir;
  }

  record(event: AuditEvent): Promise<void> {
    // The file that took it, which may be full by now.
    const file = this.#appendEvent(event);
    const written = this.#latch.guard(this.#options.sync === "always" ? file.sync() : file.written());
    // A failure shows at the next use of the log: nobody has to wait for this.
    written.catch(() => {});
    return written;
  }

  append(event: AuditEvent): void {
    this.#appendEvent(event);
  }

  #appendEvent(event: AuditEvent): SegmentFile {
    const { type, sessionId = this.#defaultSession, agent = "main", toolUseId, tool, cost, data } = event;
    if (typeof type !== "string" || !/^[a-z]\w{0,99}$/i.test(type)) {
      throw new TypeError(`The type of an audit event is a word with underscores, got ${JSON.stringify(type)}`);
    }
    // Whoever reads the log reads texts: one record of another form would make all of it unreadable.
    if ([agent, toolUseId, tool].some((text) => text !== undefined && typeof text !== "string")) {
      throw new TypeError("Agent, call and tool of an audit event are texts");
    }
    const content = this.#contentOf(event);
    return this.#append({ type, sessionId, agent, callId: toolUseId, tool, cost, facts: data, content });
  }

  openCall(call: ToolCall, scope: AuditScope): Promise<AuditEntry> | AuditEntry {
    try {
      return openEntry(call, scope, this.#entries);
    } catch (error) {
      throw this.#latch.explain(error);
    }
  }

  /** Writes what waits; with `sync` other than "never" it is on the disk then. */
  async flush(): Promise<void> {
    this.#latch.check();
    await this.#sync();
  }

  /** Signs what there is and gives it to the anchors. Happens by itself at intervals and at the end. */
  async checkpoint(): Promise<void> {
    this.#latch.check();
    if (this.#log !== undefined) await this.#latch.guard(this.#log.checkpoint());
  }

  /**
   * Writes what waits, signs it, closes the file and, where it is configured, deletes old logs. Once is enough. Throws
   * when anything was not written, also earlier.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    await this.#aside;
    const log = this.#log;
    this.#log = undefined;
    if (this.#latch.failure !== undefined) {
      abandon(log);
      throw this.#latch.failure;
    }
    if (log !== undefined) await this.#latch.guard(log.close("closed"));
    this.#latch.write(() => this.#view?.flush());
    await this.#retain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #append(record: AppendedRecord): SegmentFile {
    this.#latch.check();
    if (this.#isClosed) throw new HarnessError("The audit log is closed", { code: "audit_failed" });
    checkSessionId(record.sessionId);
    const body = this.#clean(record);
    const log = this.#log ?? this.#openLog();
    const seq = log.file.state.records;
    try {
      log.file.append(body);
    } catch (error) {
      throw this.#latch.fail(error);
    }
    if (this.#view !== undefined) showCost(this.#view, record, { timestamp: body.timestamp, log: this.#name, seq });
    this.#watchSize(log);
    return log.file;
  }

  #clean(record: AppendedRecord): RecordBody {
    try {
      const timestamp = this.#timestamp(this.#clock.now());
      return cleanRecord(record, { cleaner: this.#cleaner, timestamp });
    } catch (error) {
      throw this.#latch.explain(error);
    }
  }

  #contentOf({ type, content }: AuditEvent): object | undefined {
    if (type !== "prompt" || content === undefined || this.#options.logPrompts === true) return content;
    const { text: _text, ...kept } = content;
    return kept;
  }

  /** Leaves everything as it was when it fails. */
  #openLog(): OpenLog {
    try {
      return (this.#log = this.#open());
    } catch (error) {
      throw this.#latch.explain(error);
    }
  }

  #open(): OpenLog {
    const { sync, signer, anchors = [], team, tenant, heartbeatMs = 60_000 } = this.#options;
    const isFirst = this.#heartbeat === undefined;
    const log = openLog(this.#name, {
      dir: this.#dir,
      now: systemClock.now,
      signer,
      anchors,
      isDurable: sync !== "never",
      labels: { heartbeatMs, ...(team === undefined ? {} : { team }), ...(tenant === undefined ? {} : { tenant }) },
      onError: (error) => this.#latch.fail(error),
    });
    if (isFirst) {
      this.#heartbeat = setInterval(() => this.#beat(heartbeatMs), heartbeatMs).unref();
      this.#doAside(async () => void (await recoverLogs(this.#dir, { now: systemClock.now, signer })));
    }
    return log;
  }

  /** Shows that the log was alive, and signs what came since the last time. */
  #beat(intervalMs: number): void {
    if (this.#latch.failure !== undefined || this.#log === undefined) return;
    const log = this.#log;
    this.#latch.write(() => log.note("heartbeat", { intervalMs }));
    this.#doAside(() => log.checkpoint());
  }

  /** Signs after many records, and goes on in a new file when this one is full. */
  #watchSize(log: OpenLog): void {
    const { checkpointEvery = 1000, sessionId, maxSegmentMb = 64 } = this.#options;
    const { records } = log.file.state;
    if (records - this.#checkpointAt >= checkpointEvery) {
      this.#checkpointAt = records;
      this.#doAside(() => log.checkpoint());
    }
    if (sessionId !== undefined || log.file.bytes < maxSegmentMb * 1_000_000) return;
    this.#checkpointAt = 0;
    this.#log = undefined;
    this.#name = this.#newName();
    // Whoever waits for the disk waits for the end of this file, too.
    this.#left = Promise.all([this.#left, this.#force(log.file)]);
    this.#left.catch((error: unknown) => void this.#latch.fail(error));
    this.#doAside(() => log.close("rotated"));
  }

  #force(file: SegmentFile): Promise<void> {
    return this.#options.sync === "never" ? file.written() : file.sync();
  }

  #newName(): string {
    return sharedLogName(systemClock.now(), systemRandom.id());
  }

  #doAside(work: () => Promise<void>): void {
    this.#aside = this.#aside.then(work).catch((error: unknown) => void this.#latch.fail(error));
  }

  async #sync(): Promise<void> {
    const file = this.#log?.file;
    if (this.#left !== undefined) await this.#latch.guard(this.#left);
    if (file !== undefined) await this.#latch.guard(this.#force(file));
    this.#latch.write(() => this.#view?.flush());
    this.#latch.check();
  }

  async #retain(): Promise<void> {
    const { retentionDays, retentionMaxSizeMb, signer } = this.#options;
    if (retentionDays === undefined && retentionMaxSizeMb === undefined) return;
    const limits = { maxAgeDays: retentionDays, maxSizeMb: retentionMaxSizeMb };
    await enforceRetention(this.#dir, { ...limits, signer, now: this.#clock.now() });
  }
}

function kindsOf(text: string): readonly string[] {
  return [...new Set(scanPii(text).map(({ kind }) => kind))];
}

/** What was not written is lost, and was never acknowledged. */
function abandon(log: OpenLog | undefined): void {
  try {
    log?.file.close();
  } catch {
    // The failure that led here is told.
  }
}
