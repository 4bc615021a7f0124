import { hostname } from "node:os";
import { join } from "node:path";

import { describeError } from "../errors/index.ts";
import type { AuditEventData } from "../spec/index.ts";
import type { AuditAnchor } from "./anchors.ts";
import { originOf, signCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
import { CHECKPOINT_SUFFIX } from "./list-logs.ts";
import { appendIndex, lastClosed, type IndexWriter } from "./log-index.ts";
import { putFile } from "./put-file.ts";
import { openSegment, type SegmentFile } from "./segment-file.ts";
import { verifierKeyOf } from "./signed-note.ts";
import { readSigned } from "./signed-root.ts";

/** How a log of a directory is opened. */
export interface OpenLogOptions extends IndexWriter {
  readonly anchors: readonly AuditAnchor[];
  readonly isDurable: boolean;
  /** Who pays for what is recorded in it, and how often it shows that it is alive. */
  readonly labels: Pick<AuditEventData["segment_opened"], "heartbeatMs" | "team" | "tenant">;
  /** Hears of a write that failed when nobody waited for it. */
  readonly onError: (error: unknown) => void;
}

/** A log of a directory: a file, its place in the index, its checkpoints. */
export interface OpenLog {
  readonly file: SegmentFile;
  /** Records something of the log's own life. */
  note<Type extends LogEventType>(type: Type, data: AuditEventData[Type]): void;
  /** Forces to the disk what there is, signs it and gives it to the anchors. Does nothing where nobody signs. */
  checkpoint(): Promise<void>;
  /** The last checkpoint, then the index; then the file is free. */
  close(reason: AuditEventData["segment_closed"]["reason"]): Promise<void>;
}

type LogEventType = "log_recovered" | "heartbeat" | "anchor_failed";

/** The session of records that belong to none. */
const LOG_SESSION = "log";

/**
 * Opens a log: new, or to go on with it. The index tells who writes, with which key, and what log came before.
 * Throws `AuditChainError` for one that is broken, or not what its last checkpoint says.
 */
export function openLog(name: string, options: OpenLogOptions): OpenLog {
  const { dir, signer, isDurable, onError } = options;
  const path = join(dir, name);
  const signed = signer === undefined ? undefined : readSigned(path, name, signer);
  const file = openSegment(path, { isDurable, onError, hasTree: signer !== undefined, signed });
  try {
    appendIndex(options, [{ type: "segment_opened", data: describeOpening(file, options) }]);
    const log = makeLog(file, options);
    if (file.droppedBytes !== undefined) log.note("log_recovered", { droppedBytes: file.droppedBytes });
    return log;
  } catch (error) {
    file.close();
    throw error;
  }
}

function describeOpening({ name, state }: SegmentFile, { dir, signer, labels }: OpenLogOptions) {
  const previous = lastClosed(dir);
  return {
    file: name,
    ...state,
    writer: { pid: process.pid, host: hostname() },
    ...(signer === undefined ? {} : { key: verifierKeyOf(originOf(signer.name, name), signer.publicKey) }),
    ...(previous === undefined ? {} : { previous }),
    ...labels,
  };
}

function makeLog(file: SegmentFile, options: OpenLogOptions): OpenLog {
  const { signer, now } = options;
  let signed = -1;

  const note: OpenLog["note"] = (type, data) => {
    const timestamp = new Date(now()).toISOString();
    file.append({ timestamp, type, sessionId: LOG_SESSION, agent: "main", dataJson: JSON.stringify(data) });
  };

  const checkpoint = async (): Promise<void> => {
    const { tree } = file;
    if (tree === undefined || signer === undefined || tree.size === signed) return;
    const { size } = tree;
    signed = size;
    const origin = originOf(signer.name, file.name);
    const made = signCheckpoint({ origin, size, root: tree.root() }, signer);
    // On the disk first: a checkpoint must never promise more than a crash leaves.
    await file.sync();
    putFile(`${file.path}${CHECKPOINT_SUFFIX}`, made.note);
    const failed = await publish(made, options);
    for (const anchor of failed) note("anchor_failed", { anchor, size });
  };

  return {
    file,
    note,
    checkpoint,
    async close(reason) {
      try {
        if (options.isDurable) await file.sync();
        else file.flush();
        await checkpoint();
        const index = appendIndex(options, [
          { type: "segment_closed", data: { file: file.name, ...file.state, reason } },
        ]);
        if (index !== undefined) await publish(index, options);
      } finally {
        file.close();
      }
    },
  };
}

/** Gives a checkpoint to all anchors at once and returns the names of those that failed. */
async function publish(checkpoint: SignedCheckpoint, { anchors }: OpenLogOptions): Promise<readonly string[]> {
  const outcomes = await Promise.all(
    anchors.map(async (anchor) => {
      try {
        await anchor.publish(checkpoint);
        return undefined;
      } catch (error) {
        return `${anchor.name}: ${describeError(error).slice(0, 200)}`;
      }
    }),
  );
  return outcomes.filter((failed) => failed !== undefined);
}
