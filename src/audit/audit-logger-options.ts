import type { KnownNames } from "../errors/index.ts";
import type { PiiAction } from "../pii/index.ts";
import type { Clock } from "../spec/index.ts";
import type { AuditAnchor } from "./anchors.ts";
import type { CheckpointSigner } from "./signed-note.ts";

/** When records are forced to the disk: before every effect, after every record, or never but at a checkpoint. */
export type AuditSync = "effect" | "always" | "never";

/** Options of an `AuditLogger`. */
export interface AuditLoggerOptions {
  /** Where the logs are. @default ~/.harness/audit */
  readonly dir?: string;
  /**
   * One log for this session alone, `audit-<id>.jsonl`, which goes on when it is there already. Left out: a new log for
   * all sessions of this logger.
   */
  readonly sessionId?: string;
  /** Look for personal data in everything that is written, and note its kinds, also those in results. @default false */
  readonly scanPii?: boolean;
  /** What happens to personal data before anything is written. @default "redact" */
  readonly piiAction?: PiiAction;
  /** Write the arguments of tool calls; otherwise only their digest. @default true */
  readonly logToolArgs?: boolean;
  /** Write the text of prompts; otherwise only their digest. @default false */
  readonly logPrompts?: boolean;
  /** Logs that have not changed for so many days are deleted at `close`. @default kept */
  readonly retentionDays?: number;
  /** The oldest logs are deleted at `close` until all together have so many megabytes (10^6 bytes). @default kept */
  readonly retentionMaxSizeMb?: number;
  /** Signs checkpoints: `createSigner`. @default none are made */
  readonly signer?: CheckpointSigner;
  /** Where checkpoints are kept besides, out of the reach of whoever can change the log. @default nowhere */
  readonly anchors?: readonly AuditAnchor[];
  /** Records after which a checkpoint is made; there is one with every heartbeat, too. @default 1000 */
  readonly checkpointEvery?: number;
  /** Milliseconds between two heartbeats. @default 60000 */
  readonly heartbeatMs?: number;
  /** Megabytes after which a log without `sessionId` goes on in a new file. @default 64 */
  readonly maxSegmentMb?: number;
  /**
   * A file that shows what was spent: one JSON line for each record with a cost, of all processes.
   * @default ~/.harness/audit.jsonl where `dir` is left out, otherwise none
   */
  readonly costView?: string | false;
  /** Who pays, for `harness audit cost`. */
  readonly team?: string;
  /** Whose work it is. */
  readonly tenant?: string;
  /** Takes secrets out of every text before it is hashed and written: `(text) => redactor.redact(text).text`. */
  readonly redact?: (text: string) => string;
  /** @default the machine's clock */
  readonly clock?: Pick<Clock, "now">;
  /** @default "effect" */
  readonly sync?: AuditSync;
}

/** The names of all of them; whoever takes them from a host refuses every other. */
export const AUDIT_OPTION_NAMES: KnownNames<AuditLoggerOptions> = {
  dir: true,
  sessionId: true,
  scanPii: true,
  piiAction: true,
  logToolArgs: true,
  logPrompts: true,
  retentionDays: true,
  retentionMaxSizeMb: true,
  signer: true,
  anchors: true,
  checkpointEvery: true,
  heartbeatMs: true,
  maxSegmentMb: true,
  costView: true,
  team: true,
  tenant: true,
  redact: true,
  clock: true,
  sync: true,
};
